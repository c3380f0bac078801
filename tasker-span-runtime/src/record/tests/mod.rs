//! The records, sites and sinks of these tests.

mod limits;
mod recorder;
mod span_data;

use std::sync::{Mutex, PoisonError};

use opentelemetry_sdk::trace::SpanData;
use uuid::Uuid;

use super::{End, Extra, Sink, Source, SpanRecord, Time};
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::Site;
use crate::clock;
use crate::identity;

static __SITE: Site = crate::__site! {
    span: "step.execution",
    family: Step,
    level: INFO,
    target: "test",
    late: [],
    fields: ["amount", "note"],
};

const TASK: Uuid = Uuid::from_u128(7);
const STEP: Uuid = Uuid::from_u128(8);

fn record(source: Source, end: End) -> SpanRecord {
    let now = clock::now();
    SpanRecord {
        source,
        attributes: Attributes {
            task_uuid: Some(TASK),
            step_uuid: Some(STEP),
            correlation_id: Some(TASK),
            attempt_number: Some(1),
            ..Attributes::default()
        },
        trace_id: identity::trace_id(TASK),
        span_id: identity::execution_span_id(STEP, 1),
        parent_id: Some(identity::root_span_id(TASK)),
        parent_is_remote: true,
        started: Time::Clock(now),
        ended: Time::Clock(clock::now()),
        end,
        is_sampled_by_error: false,
        decision: None,
        extra: None,
    }
}

fn of_site(end: End, extra: Extra) -> SpanRecord {
    SpanRecord {
        extra: Some(Box::new(extra)),
        ..record(Source::Site(&__SITE), end)
    }
}

/// A record whose attempt numbers its span.
fn numbered(number: i64) -> Box<SpanRecord> {
    let mut record = Box::new(record(Source::LostAttempt, End::Returned));
    record.attributes.attempt_number = Some(number);
    record
}

/// Collects the attempt numbers of its spans.
#[derive(Debug, Default)]
struct Numbers(Mutex<Vec<i64>>);

impl Numbers {
    fn seen(&self) -> Vec<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn number(span: &SpanData) -> i64 {
    let number = span
        .attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == "attempt_number");
    match number.map(|number| &number.value) {
        Some(opentelemetry::Value::I64(number)) => *number,
        other => panic!("{other:?} is no number"),
    }
}

impl Sink for Numbers {
    fn on_end(&self, span: SpanData) {
        let number = number(&span);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(number);
        assert!(number >= 0, "a negative number panics");
    }
}
