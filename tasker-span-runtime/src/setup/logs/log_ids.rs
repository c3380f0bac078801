//! `LogIds`: the ids of the running code on OpenTelemetry's log records.

use std::time::Duration;

use opentelemetry::logs::{LogRecord, Severity};
use opentelemetry::trace::{TraceContextExt, TraceFlags};
use opentelemetry::{Context, InstrumentationScope, SpanId, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};

use super::ids::Ids;
use crate::outcome::caught;

/// A log processor that gives each record the ids and the sampling flag of the span that it is written in, as
/// [`LogFormat`](crate::LogFormat) does for lines. Without it, a record has those of OpenTelemetry's current context, which
/// [does not know](crate::TelemetryBuilder::activate_context) the spans of this crate.
///
/// It comes before the processors that export. It exports nothing, costs nothing where spans start, and leaves records alone
/// whose writer has set their ids.
///
/// The appender needs [`ExporterFilter`](crate::otel::ExporterFilter) too.
///
/// ```
/// use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
/// use tasker_span_runtime::otel::LogIds;
///
/// // Yours: `opentelemetry_otlp::LogExporter`, for example, with `with_batch_exporter`.
/// let provider = SdkLoggerProvider::builder()
///     .with_log_processor(LogIds)
///     .with_simple_exporter(InMemoryLogExporter::default())
///     .build();
/// // Then: `OpenTelemetryTracingBridge::new(&provider).with_filter(ExporterFilter)`.
/// # drop(provider);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LogIds;

impl LogProcessor for LogIds {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        if is_set_by_writer(record) {
            return;
        }
        if let Some(ids) = Ids::current() {
            let flags = TraceFlags::default().with_sampled(ids.is_sampled);
            record.set_trace_context(TraceId::from(ids.trace_id), SpanId::from(ids.span_id), Some(flags));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    /// A record is made if any processor wants it: this one only adds to it.
    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        false
    }
}

/// The SDK has set the current context, unless the writer has set another one.
fn is_set_by_writer(record: &SdkLogRecord) -> bool {
    record.trace_context().is_some_and(|set| {
        let is_current = |context: &Context| context.span().span_context().span_id() == set.span_id;
        caught(|| Context::map_current(is_current)) == Some(false)
    })
}
