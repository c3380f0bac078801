//! `Queue`: the SDK's export queue and its exporter, with counts: the SDK tells of refused and
//! failed spans only in its own log. `pipeline` decides which spans come here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

use crate::outcome::caught;
use crate::stats::{SPANS_EXPORT_FAILED, SPANS_EXPORTED, SPANS_REFUSED};

/// A queue that counts the spans it refuses.
#[derive(Debug)]
pub(super) struct Queue {
    processor: BatchSpanProcessor,
    queued: Arc<Queued>,
}

impl Queue {
    /// The exporter of `processor` must be a [`CountingExporter`] with the same `queued`.
    pub(super) fn new(processor: BatchSpanProcessor, queued: Arc<Queued>) -> Self {
        Self { processor, queued }
    }

    /// How many spans have failed to be exported so far.
    pub(super) fn failed(&self) -> u64 {
        self.queued.failed.load(Ordering::Acquire)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.queued.enter() {
            self.processor.on_end(span);
        } else {
            SPANS_REFUSED.add_one();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }
}

/// The number of queued spans. It stays within the SDK's own limit, so that the SDK refuses none.
#[derive(Debug)]
pub(super) struct Queued {
    spans: AtomicUsize,
    capacity: usize,
    failed: AtomicU64,
}

impl Queued {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            spans: AtomicUsize::new(0),
            capacity,
            failed: AtomicU64::new(0),
        }
    }

    /// Enters a span, unless the queue is full.
    fn enter(&self) -> bool {
        if self.spans.fetch_add(1, Ordering::Relaxed) < self.capacity {
            return true;
        }
        self.leave(1);
        false
    }

    fn leave(&self, spans: usize) {
        self.spans.fetch_sub(spans, Ordering::Relaxed);
    }
}

/// Counts what an exporter delivers, and logs once when it fails and once when it succeeds again.
#[derive(Debug)]
pub(super) struct CountingExporter<E> {
    exporter: E,
    destination: String,
    queued: Arc<Queued>,
    is_failing: AtomicBool,
}

impl<E> CountingExporter<E> {
    pub(super) fn new(exporter: E, destination: String, queued: Arc<Queued>) -> Self {
        Self {
            exporter,
            destination,
            queued,
            is_failing: AtomicBool::new(false),
        }
    }

    fn count(&self, spans: u64, result: &OTelSdkResult) {
        let destination = &self.destination;
        match result {
            Ok(()) => {
                SPANS_EXPORTED.add(spans);
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(target: "tasker_span", %destination, "exports succeed again");
                }
            }
            Err(error) => {
                SPANS_EXPORT_FAILED.add(spans);
                self.queued.failed.fetch_add(spans, Ordering::Release);
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        target: "tasker_span", %destination, %error, spans,
                        "the export failed and these spans are lost; check the collector; further losses are only counted"
                    );
                }
            }
        }
    }
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.queued.leave(spans);
        let result = self.exporter.export(batch).await;
        // A layer that panics at the log event must not end the thread that exports.
        caught(|| self.count(spans as u64, &result));
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_leave_make_room() {
        let queued = Queued::new(2);
        assert!(queued.enter() && queued.enter() && !queued.enter() && !queued.enter());
        queued.leave(1);
        assert!(queued.enter() && !queued.enter());
    }
}
