//! `RedactingExporter`: a hook for a program with its own provider. `Telemetry` has it in its pipeline.

use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::{Redact, Redactor};

/// An exporter that shows each value of each span to a [`Redact`] hook, and passes the rest on to another exporter: what
/// [`TelemetryBuilder::redact`](crate::TelemetryBuilder::redact) does for [`Telemetry`](crate::Telemetry).
///
/// It sees all spans of the provider, those of other code too. The hook runs where the span processor exports: a
/// `BatchSpanProcessor` has a thread for it. Span processors of the program get the spans as they are.
///
/// ```
/// use opentelemetry_sdk::trace::{BatchSpanProcessor, InMemorySpanExporter, SdkTracerProvider};
/// use tasker_span_runtime::otel::{self, CountingProcessor, RedactingExporter};
/// use tasker_span_runtime::redact::{Field, Redaction};
///
/// let hook = |field: &Field<'_>| match field.key() {
///     "customer_name" => Redaction::Omit,
///     _ => Redaction::Keep,
/// };
/// let exporter = RedactingExporter::new(InMemorySpanExporter::default(), hook);
/// let processor = CountingProcessor::new(exporter, |exporter| BatchSpanProcessor::builder(exporter).build());
/// let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
/// # drop(provider);
/// ```
#[derive(Debug)]
pub struct RedactingExporter<E> {
    inner: E,
    redactor: Redactor,
}

impl<E: SpanExporter> RedactingExporter<E> {
    /// Wraps an exporter.
    pub fn new(exporter: E, hook: impl Redact) -> Self {
        Self {
            inner: exporter,
            redactor: Redactor::new(hook),
        }
    }
}

impl<E: SpanExporter> SpanExporter for RedactingExporter<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            self.redactor.apply(span);
        }
        self.inner.export(batch).await
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
