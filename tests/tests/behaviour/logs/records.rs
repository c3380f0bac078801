//! Log records of OpenTelemetry's appender, beside our layers.

use opentelemetry::logs::{LogRecord, Logger, LoggerProvider};
use opentelemetry::trace::TraceFlags;
use opentelemetry::{SpanId, TraceId};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider};
use tasker_span_runtime::SamplingFilter;
use tasker_span_runtime::otel::{ExporterFilter, LogIds};
use tasker_span_tests::prelude::*;
use tracing::Span;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterExt;
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::Registry;

struct Logs {
    exporter: InMemoryLogExporter,
    provider: SdkLoggerProvider,
    capture: Capture,
}

impl Logs {
    fn new(sampling: Sampling, filter: impl Filter<Registry> + Send + Sync + 'static) -> Self {
        let exporter = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder()
            .with_log_processor(LogIds)
            .with_simple_exporter(exporter.clone())
            .build();
        let appender = OpenTelemetryTracingBridge::new(&provider).with_filter(filter);
        Self {
            exporter,
            provider,
            capture: Capture::builder().sampling(sampling).layer(appender).start(),
        }
    }

    fn records(&self) -> Vec<SdkLogRecord> {
        let logs = self.exporter.get_emitted_logs().unwrap();
        logs.into_iter().map(|log| log.record).collect()
    }

    fn bodies(&self) -> Vec<String> {
        let bodies = self.records().into_iter().map(|record| body(&record));
        bodies.collect()
    }
}

fn body(record: &SdkLogRecord) -> String {
    match record.body() {
        Some(opentelemetry::logs::AnyValue::String(text)) => text.to_string(),
        other => panic!("{other:?} is no text"),
    }
}

fn ids(record: &SdkLogRecord) -> Option<(String, String, bool)> {
    let context = record.trace_context()?;
    let is_sampled = context.trace_flags.unwrap().is_sampled();
    Some((context.trace_id.to_string(), context.span_id.to_string(), is_sampled))
}

/// Logs here, and returns the ids that the record should have.
fn log(is_sampled: bool) -> Option<(String, String, bool)> {
    tracing::info!("charging");
    let current = TraceContext::current();
    Some((
        current.trace_id()?.to_string(),
        current.span_id()?.to_string(),
        is_sampled,
    ))
}

#[test]
fn records_have_the_ids_of_their_spans_sampled_or_not() {
    for rate in [0.0, 1.0] {
        let logs = Logs::new(Sampling::new().step_rate(rate), ExporterFilter);
        let is_sampled = rate > 0.0;
        let (task, mut expected) = (Task::default(), Vec::new());
        orchestrate(&task, || {
            expected.push(log(true));
            execute(&task, &task.step(), || {
                expected.push(log(is_sampled));
                // Promotes the span if it is sampled.
                let _promoted = Span::current();
                expected.push(log(is_sampled));
                handle(|| expected.push(log(is_sampled)));
                expected.push(log(is_sampled));
            });
        });
        expected.push(log(true));
        assert_eq!(expected[5], None, "outside of all spans");
        let records = logs.records();
        assert_eq!(records.iter().map(ids).collect::<Vec<_>>(), expected, "at rate {rate}");
        if is_sampled {
            let execution = logs.capture.spans().named("step.execution").one().clone();
            let (trace_id, span_id, _) = ids(&records[1]).unwrap();
            assert_eq!(trace_id, execution.trace_id().to_string());
            assert_eq!(span_id, execution.span_id().to_string());
        }
    }
}

#[test]
fn records_in_spans_of_other_code_have_those() {
    let logs = Logs::new(Sampling::new(), ExporterFilter);
    let task = Task::default();
    execute(&task, &task.step(), || {
        tracing::info_span!("query").in_scope(|| tracing::info!("charging"));
    });
    let spans = logs.capture.spans();
    let query = spans.named("query").one();
    let (trace_id, span_id, is_sampled) = ids(&logs.records()[0]).unwrap();
    assert_eq!(
        (trace_id, span_id, is_sampled),
        (query.trace_id().to_string(), query.span_id().to_string(), true)
    );
}

#[test]
fn a_failed_unsampled_span_has_the_ids_of_its_records() {
    let logs = Logs::new(super::no_steps(), ExporterFilter);
    let task = Task::default();
    execute(&task, &task.step(), || {
        let _ = try_handle(|| {
            tracing::info!("charging");
            Err("declined")
        });
    });
    let spans = logs.capture.spans();
    let failed = spans.named("handler.execution").one();
    let (trace_id, span_id, _) = ids(&logs.records()[0]).unwrap();
    assert_eq!(
        (trace_id, span_id),
        (failed.trace_id().to_string(), failed.span_id().to_string())
    );
}

#[test]
fn the_ids_that_a_writer_has_set_stay() {
    let logs = Logs::new(Sampling::new(), ExporterFilter);
    let logger = logs.provider.logger("own");
    let (trace_id, span_id) = (TraceId::from(7), SpanId::from(8));
    let task = Task::default();
    execute(&task, &task.step(), || {
        let mut record = logger.create_log_record();
        record.set_trace_context(trace_id, span_id, Some(TraceFlags::SAMPLED));
        logger.emit(record);
        logger.emit(logger.create_log_record());
    });
    let expected = Some((trace_id.to_string(), span_id.to_string(), true));
    let records = logs.records();
    assert_eq!(ids(&records[0]), expected);
    let execution = logs.capture.spans().named("step.execution").one().span_id();
    assert_eq!(ids(&records[1]).unwrap().1, execution.to_string());
}

#[test]
fn logs_of_the_crates_that_export_are_left_out() {
    let logs = Logs::new(Sampling::new(), ExporterFilter);
    let task = Task::default();
    execute(&task, &task.step(), || {
        tracing::error!(target: "h2::client", "of an exporter's crate");
        tracing::warn!(target: "opentelemetry_sdk", "of an exporter's crate");
        tracing::info!(target: "hyper_util::client::legacy", "of an exporter's crate");
        tracing::info!(target: "tower_http", "of the program");
    });
    assert_eq!(logs.bodies(), ["of the program"]);
}

#[test]
fn records_follow_the_sampling_if_asked() {
    let logs = Logs::new(super::no_steps(), ExporterFilter.and(SamplingFilter));
    let task = Task::default();
    orchestrate(&task, || {
        tracing::info!("sampled");
        execute(&task, &task.step(), || {
            tracing::info!("unsampled");
            tracing::warn!("a warning");
        });
    });
    assert_eq!(logs.bodies(), ["sampled", "a warning"]);
}
