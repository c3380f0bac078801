//! `SdkSender`: an exporter of OpenTelemetry's SDK, which gets `SpanData`.

use std::future;

use futures_executor::block_on;
use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::outbox::{Accepted, Sender, Sending, Sent};
use crate::clock::Wall;
use crate::outcome::caught;
use crate::record::SpanRecord;

pub(crate) struct SdkSender<E> {
    exporter: E,
    destination: String,
}

impl<E: SpanExporter + 'static> SdkSender<E> {
    pub(crate) fn new(mut exporter: E, resource: &Resource, destination: String) -> Self {
        caught(|| exporter.set_resource(resource));
        Self { exporter, destination }
    }
}

impl<E: SpanExporter + 'static> Sender for SdkSender<E> {
    type Batch = Vec<SpanData>;

    const TAKES_RECORDS: bool = false;

    fn add_record(&self, _batch: &mut Vec<SpanData>, _record: &mut SpanRecord, _wall: &Wall) {}

    fn add_span(&self, batch: &mut Vec<SpanData>, span: SpanData) {
        batch.push(span);
    }

    fn is_full(&self, _batch: &Vec<SpanData>) -> bool {
        false
    }

    /// Exports at once: an exporter that blocks would panic in a runtime.
    fn send(&self, batch: Vec<SpanData>) -> Sending<Vec<SpanData>> {
        // Nothing that an exporter does is a span.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let result = match caught(|| block_on(self.exporter.export(batch))) {
            Some(Ok(())) => Ok(Accepted::default()),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("the exporter panicked".to_owned()),
        };
        Box::pin(future::ready(Sent {
            result,
            was_retried: false,
            reusable: None,
        }))
    }

    fn shutdown(&self) -> Result<(), String> {
        self.exporter.shutdown().map_err(|error| error.to_string())
    }

    fn destination(&self) -> &str {
        &self.destination
    }
}
