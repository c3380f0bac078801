//! fastrace's collector, with a reporter that discards, or with the one that its project has for OpenTelemetry.

use std::borrow::Cow;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;

use super::Destination;
use super::exporter::{Delivering, Tally};
use super::provider::{otlp, resource};
use crate::failure::Failure;

pub(super) fn install(destination: &Destination) -> Result<Tally, Failure> {
    let tally = Tally::default();
    match destination {
        // It has no other way than its collector's thread.
        Destination::Nowhere | Destination::Dropped => {
            fastrace::set_reporter(Discarding(tally.clone()), Config::default());
        }
        Destination::Collector(url) => {
            let exporter = Delivering {
                exporter: otlp(url)?,
                tally: tally.clone(),
            };
            let scope = InstrumentationScope::builder("benches").build();
            let reporter = OpenTelemetryReporter::new(exporter, Cow::Owned(resource()), scope);
            fastrace::set_reporter(reporter, Config::default());
        }
    }
    Ok(tally)
}

struct Discarding(Tally);

impl Reporter for Discarding {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        self.0.add(spans.iter().map(|span| span.properties.len()));
    }
}
