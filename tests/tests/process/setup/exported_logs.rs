//! Logs that a program exports beside its spans, by OpenTelemetry's appender.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{InMemoryLogExporter, LogBatch, LogExporter, SdkLoggerProvider};
use tasker_span_runtime::otel::{ExporterFilter, LogIds};
use tasker_span_runtime::{ExportOptions, Protocol, Sampling, Telemetry, TraceContext};
use tasker_span_tests::calls::{execute, orchestrate};
use tasker_span_tests::collector::{Behaviour, Collector, Refusal};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tracing_subscriber::Layer;

use crate::DEADLINE;

/// Keeps what it exports. As clients do, it logs each export on a thread of its own, and another thread waits for it.
#[derive(Clone, Debug)]
struct Talking {
    inner: InMemoryLogExporter,
    exports: Arc<AtomicUsize>,
    client: mpsc::Sender<mpsc::Sender<()>>,
}

impl Talking {
    fn new() -> Self {
        let (client, requests) = mpsc::channel::<mpsc::Sender<()>>();
        thread::spawn(move || {
            for request in requests {
                tracing::info!(target: "h2::client", "a request");
                log::warn!(target: "reqwest::connect", "connecting");
                let _ = request.send(());
            }
        });
        Self {
            inner: InMemoryLogExporter::default(),
            exports: Arc::default(),
            client,
        }
    }

    fn bodies(&self) -> Vec<String> {
        let logs = self.inner.get_emitted_logs().unwrap().into_iter();
        logs.map(|log| format!("{:?}", log.record.body().unwrap())).collect()
    }
}

impl LogExporter for Talking {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        // A loop would not end.
        assert!(self.exports.fetch_add(1, Ordering::Relaxed) < 100);
        let (answer, answered) = mpsc::channel();
        self.client.send(answer).unwrap();
        answered.recv().unwrap();
        self.inner.export(batch).await
    }
}

fn provider(exporter: impl LogExporter + 'static) -> SdkLoggerProvider {
    SdkLoggerProvider::builder()
        .with_log_processor(LogIds)
        .with_batch_exporter(exporter)
        .build()
}

#[test]
fn exports_cause_no_exports() {
    process::alone(|| {
        let exporter = Talking::new();
        let logs = provider(exporter.clone());
        let collector = Collector::grpc();
        collector.behave(Behaviour::Refuse(Refusal::INVALID));
        let options = ExportOptions::new().endpoint(collector.url()).protocol(Protocol::Grpc);
        let telemetry = Telemetry::builder()
            .export(options)
            .log_filter("trace")
            .trace_filter("trace")
            .layer(OpenTelemetryTracingBridge::new(&logs).with_filter(ExporterFilter))
            .promote_on_demand()
            .without_settings_line()
            .install()
            .unwrap();
        for number in 0..3 {
            let task = Task::default();
            execute(&task, &task.step(), || tracing::info!("charging {number}"));
            let _ = telemetry.flush(DEADLINE);
            logs.force_flush().unwrap();
        }
        let expected: Vec<_> = (0..3).map(|number| format!("charging {number}")).collect();
        let bodies = exporter.bodies();
        assert_eq!(bodies.len(), 3, "{bodies:?}");
        assert!(
            bodies.iter().zip(&expected).all(|(body, text)| body.contains(text)),
            "{bodies:?}"
        );
        // Nor do exports of logs cause spans.
        assert_eq!(telemetry.stats().spans_ended, 3);
        logs.shutdown().unwrap();
    });
}

#[test]
fn spans_that_are_not_promoted_are_those_of_the_records() {
    process::alone(|| {
        let exporter = InMemoryLogExporter::default();
        let logs = provider(exporter.clone());
        let telemetry = Telemetry::builder()
            .sampling(Sampling::new().step_rate(0.0))
            .layer(OpenTelemetryTracingBridge::new(&logs).with_filter(ExporterFilter))
            .promote_on_demand()
            .without_settings_line()
            .console_only()
            .install()
            .unwrap();
        let (task, mut expected) = (Task::default(), Vec::new());
        let mut log = |is_sampled| {
            tracing::info!("here");
            let current = TraceContext::current();
            let (trace_id, span_id) = (current.trace_id().unwrap(), current.span_id().unwrap());
            expected.push((trace_id.to_string(), span_id.to_string(), is_sampled));
        };
        orchestrate(&task, || {
            log(true);
            execute(&task, &task.step(), || log(false));
        });
        logs.force_flush().unwrap();
        let records = exporter.get_emitted_logs().unwrap();
        let ids: Vec<_> = records
            .iter()
            .map(|log| {
                let context = log.record.trace_context().unwrap();
                let is_sampled = context.trace_flags.unwrap().is_sampled();
                (context.trace_id.to_string(), context.span_id.to_string(), is_sampled)
            })
            .collect();
        assert_eq!(ids, expected);
        drop(telemetry);
    });
}

/// Its console is read by the test.
#[test]
#[ignore = "a program of the next test"]
fn disabled() {
    let builder = Telemetry::builder().log_filter_by_sampling().console_only();
    let telemetry = builder
        .sampling(Sampling::new().task_rate(0.0).step_rate(0.0))
        .install()
        .unwrap();
    let task = Task::default();
    execute(&task, &task.step(), || tracing::info!("charging"));
    drop(telemetry);
}

#[test]
fn disabled_telemetry_hides_no_lines() {
    let program = process::program(disabled);
    assert!(!program.log().contains("charging"), "unsampled");
    let program = process::program(disabled).env("OTEL_SDK_DISABLED", "true");
    assert!(program.log().contains("charging"));
}
