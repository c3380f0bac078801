//! `CountingProcessor` and `CountingExporter`: the counts of exports for a program with its own provider. `Telemetry` counts in
//! its own pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

use super::recorder::is_emitting;
use crate::stats;

/// The spans of one processor.
#[derive(Debug, Default)]
struct Tally {
    taken: AtomicU64,
    with_fate: AtomicU64,
    is_shut_down: AtomicBool,
}

/// A span processor around another one, which counts what becomes of spans: in [`stats`](crate::stats()), as with
/// [`Telemetry`](crate::Telemetry).
///
/// - `spans_ended` counts the sampled spans of other code, too.
/// - `spans_exported` and `spans_export_failed` are what the exporter returns for each batch.
/// - `spans_refused` are the spans that the inner processor never gave to its exporter, such as those that a full queue did not
///   take. They are known at the shutdown of the provider: until then, they are [`pending`](crate::Stats::pending).
///
/// A span of this crate that ends after the shutdown counts in `spans_not_exported`. The SDK shows those of other code to no
/// processor then.
///
/// Spans that a collector rejects out of a batch that it accepts count as exported: the SDK's exporters do not tell. Wrap one
/// processor of a provider: of two, each counts all spans.
///
/// ```
/// use opentelemetry_sdk::error::OTelSdkResult;
/// use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};
/// use tasker_span_runtime::otel::{self, CountingProcessor};
///
/// #[derive(Debug)]
/// struct Names;
///
/// impl SpanExporter for Names {
///     async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
///         batch.iter().for_each(|span| println!("{}", span.name));
///         Ok(())
///     }
/// }
///
/// let processor = CountingProcessor::new(Names, |exporter| BatchSpanProcessor::builder(exporter).build());
/// let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
/// provider.shutdown().unwrap();
/// assert_eq!(tasker_span_runtime::stats().pending(), 0);
/// ```
#[derive(Debug)]
pub struct CountingProcessor<P> {
    inner: P,
    tally: Arc<Tally>,
}

impl<P: SpanProcessor> CountingProcessor<P> {
    /// Wraps the exporter, and the processor that `build` makes of it.
    pub fn new<E: SpanExporter>(exporter: E, build: impl FnOnce(CountingExporter<E>) -> P) -> Self {
        let tally = Arc::new(Tally::default());
        let exporter = CountingExporter {
            inner: exporter,
            tally: Arc::clone(&tally),
        };
        Self {
            inner: build(exporter),
            tally,
        }
    }
}

impl<P: SpanProcessor> SpanProcessor for CountingProcessor<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            // Those of this crate are counted where they end.
            if !is_emitting() {
                stats::SPANS_ENDED.add_one();
            }
            // It ended at the same time.
            if self.tally.is_shut_down.load(Ordering::Acquire) {
                stats::SPANS_AFTER_SHUTDOWN.add_one();
                return;
            }
            self.tally.taken.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let is_first = !self.tally.is_shut_down.swap(true, Ordering::AcqRel);
        let result = self.inner.shutdown_with_timeout(timeout);
        // After an error, spans may still be on their way.
        if is_first && result.is_ok() {
            let with_fate = self.tally.with_fate.load(Ordering::Acquire);
            let taken = self.tally.taken.load(Ordering::Acquire);
            stats::SPANS_REFUSED.add(taken.saturating_sub(with_fate));
        }
        result
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// The exporter of a [`CountingProcessor`].
#[derive(Debug)]
pub struct CountingExporter<E> {
    inner: E,
    tally: Arc<Tally>,
}

/// A batch that is being exported. It has failed if the exporter panics, or if the export is given up.
struct Batch<'a> {
    spans: u64,
    is_exported: bool,
    tally: &'a Tally,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if self.is_exported {
            stats::SPANS_EXPORTED.add(self.spans);
        } else {
            stats::SPANS_EXPORT_FAILED.add(self.spans);
        }
        self.tally.with_fate.fetch_add(self.spans, Ordering::Release);
    }
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut counted = Batch {
            spans: batch.len() as u64,
            is_exported: false,
            tally: &self.tally,
        };
        let result = self.inner.export(batch).await;
        counted.is_exported = result.is_ok();
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
