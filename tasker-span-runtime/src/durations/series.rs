//! `Series`: the histograms, and the attributes of their series. It is bounded, because names are input.

use std::collections::HashMap;

use opentelemetry::KeyValue;

use super::instruments::Instruments;
use super::measurement::{Key, Label, Measured, Measurement};
use crate::clock::Wall;
use crate::outcome::caught;
use crate::stats;

/// The most series of a histogram, one of them for all that are beyond. OpenTelemetry's SDKs [take as many][1] by default.
///
/// [1]: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits
const MOST: usize = 2_000;

pub(super) struct Series {
    /// Of each meter that was registered.
    instruments: Vec<Instruments>,
    attributes: HashMap<Key, Box<[KeyValue]>>,
    /// How many series each histogram has.
    counts: [usize; Measured::ALL.len()],
    overflow: [KeyValue; 1],
}

impl Series {
    pub(super) fn new() -> Self {
        Self {
            instruments: Vec::new(),
            attributes: HashMap::new(),
            counts: [0; Measured::ALL.len()],
            // As the SDK has it for attributes beyond its own limit.
            overflow: [KeyValue::new("otel.metric.overflow", true)],
        }
    }

    pub(super) fn add(&mut self, instruments: Instruments) {
        self.instruments.push(instruments);
    }

    pub(super) fn record(&mut self, measurement: Measurement, wall: &Wall) {
        let key = measurement.key();
        let Some(measured) = key.measured() else { return };
        let seconds = measurement.seconds(wall);
        self.insert(key, measured);
        let attributes = self.attributes.get(&key).map_or(&self.overflow[..], |known| known);
        for instruments in &self.instruments {
            // A meter of the program's own may panic. The others, and what comes after, are recorded.
            caught(|| instruments.of(measured).record(seconds, attributes));
        }
    }

    /// Makes the series known, unless it is beyond the bound.
    fn insert(&mut self, key: Key, measured: Measured) {
        if self.attributes.contains_key(&key) {
            return;
        }
        let count = &mut self.counts[measured as usize];
        if key.labels().contains(&Label::BEYOND_TABLE) || *count == MOST - 1 {
            stats::DURATIONS_OVER_LIMIT.add_one();
            return;
        }
        *count += 1;
        self.attributes.insert(key, attributes(key, measured));
    }
}

fn attributes(key: Key, measured: Measured) -> Box<[KeyValue]> {
    let name = if measured == Measured::Task {
        "task_name"
    } else {
        "handler_name"
    };
    let texts = ["namespace", name, "error.type"].into_iter().zip(key.labels());
    let texts = texts.filter_map(|(name, label)| Some((name, label.text()?)));
    let outcome = key.outcome().and_then(|outcome| Some(("outcome", outcome.name()?)));
    let all = texts.chain(outcome);
    all.map(|(name, value)| KeyValue::new(name, value)).collect()
}
