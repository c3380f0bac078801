//! Where the spans of a test's capture go, at once, as OpenTelemetry's spans.

use std::sync::Arc;

use opentelemetry_sdk::trace::SpanData;

use super::pool;
use super::span_data::Shared;
use super::span_record::SpanRecord;
use crate::clock;
use crate::identity::{SpanId, TraceId};
use crate::outcome::caught;

/// Where the spans of a recorder go.
pub(crate) trait Sink: Send + Sync + 'static {
    /// A span has started: it tells open spans from absent ones.
    fn on_start(&self, _name: &'static str, _trace_id: TraceId, _span_id: SpanId) {}

    fn on_end(&self, span: SpanData);
}

pub(super) struct Delivery {
    pub(super) sink: Arc<dyn Sink>,
    pub(super) shared: Shared,
}

impl Delivery {
    pub(super) fn deliver(&self, mut record: Box<SpanRecord>, wall: &clock::Wall) {
        // A processor of the program may panic.
        caught(|| self.sink.on_end(self.shared.span_data(&mut record, wall)));
        pool::give(record);
    }
}
