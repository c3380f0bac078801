//! From an ended span to the exporter: a span processor that can be given its exporter later, and the counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

use crate::error::{Error, Kind};
use crate::recording::settle;
use crate::stats::{SPANS_ENDED, SPANS_EXPORT_FAILED, SPANS_EXPORTED, SPANS_NOT_EXPORTED};

/// The processor of the provider. The queue is absent until export starts; the provider never notices the change, so that
/// layers, tracers and open spans stay valid.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    queue: OnceLock<BatchSpanProcessor>,
    starting: Mutex<()>,
}

impl Pipeline {
    /// Gives the pipeline its queue, which `build` makes only if there is none yet.
    pub(super) fn start(&self, build: impl FnOnce() -> Result<Option<BatchSpanProcessor>, Error>) -> Result<(), Error> {
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.queue.get().is_some() {
            return Err(Error::new(
                Kind::AlreadyInstalled,
                "this telemetry already exports its spans",
            ));
        }
        if let Some(queue) = build()? {
            // Cannot be set: the lock is held.
            let _ = self.queue.set(queue);
        }
        Ok(())
    }

    pub(super) fn flush(&self) -> OTelSdkResult {
        self.queue.get().map_or(Ok(()), SpanProcessor::force_flush)
    }
}

/// What the provider owns of the pipeline.
#[derive(Debug)]
pub(super) struct Processor(pub(super) Arc<Pipeline>);

impl SpanProcessor for Processor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        // The SDK's queue would export spans that were only recorded.
        if !span.span_context.is_sampled() {
            return;
        }
        SPANS_ENDED.add_one();
        match self.0.queue.get() {
            Some(queue) => queue.on_end(settle(span)),
            None => SPANS_NOT_EXPORTED.add_one(),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0
            .queue
            .get()
            .map_or(Ok(()), |queue| queue.shutdown_with_timeout(timeout))
    }
}

/// A processor of the program's own, shared by the clones of a builder.
#[derive(Clone, Debug)]
pub(super) struct SharedProcessor(Arc<dyn SpanProcessor>);

impl SharedProcessor {
    pub(super) fn new(processor: impl SpanProcessor + 'static) -> Self {
        Self(Arc::new(processor))
    }
}

impl SpanProcessor for SharedProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.0.on_end(settle(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Shared only by the clones of a builder; the first provider made of them has had it by then.
        if let Some(processor) = Arc::get_mut(&mut self.0) {
            processor.set_resource(resource);
        }
    }
}

/// Counts what an exporter delivers, and says once when it stops or resumes.
#[derive(Debug)]
pub(super) struct Counted<E> {
    exporter: E,
    destination: String,
    failing: AtomicBool,
}

impl<E> Counted<E> {
    pub(super) fn new(exporter: E, destination: String) -> Self {
        Self {
            exporter,
            destination,
            failing: AtomicBool::new(false),
        }
    }

    fn count(&self, spans: usize, result: &OTelSdkResult) {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        let destination = &self.destination;
        match result {
            Ok(()) => {
                SPANS_EXPORTED.add(spans);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(%destination, "spans are exported again");
                }
            }
            Err(error) => {
                SPANS_EXPORT_FAILED.add(spans);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%destination, %error, spans, "spans are lost: the export failed; further losses are only counted");
                }
            }
        }
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        self.count(spans, &result);
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
