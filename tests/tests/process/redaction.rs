//! The hook that sees each value, on the export thread of a program.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, InMemorySpanExporter, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use prost::Message;
use tasker_span_runtime::otel::{self, CountingProcessor, RedactingExporter};
use tasker_span_runtime::redact::{Field, Redaction};
use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{ExportOptions, Protocol, SpanSubscriber, Telemetry, TelemetryBuilder, stats, step_span};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::{DEADLINE, under};

const SECRET: &str = "4111111111111111";

fn mask(field: &Field<'_>) -> Redaction {
    if field.text().contains(SECRET) {
        Redaction::Replace("masked".into())
    } else {
        Redaction::Keep
    }
}

#[step_span("step.execution", fields(card = SECRET, amount = 7))]
fn charge(task: &Task, step: &Step) -> Result<(), String> {
    tracing::info!(card = SECRET, "charging {SECRET}");
    // Promoted, if the subscriber can.
    let _ = tracing::Span::current();
    tracing::info_span!("query", card = SECRET).in_scope(|| tracing::info!("querying {SECRET}"));
    Err(format!("{SECRET} declined"))
}

/// One span of this crate, one of `tracing`, and one of OpenTelemetry's API.
fn run(telemetry: &Telemetry) {
    let task = Task::default();
    under(telemetry, || charge(&task, &task.step()).unwrap_err());
    let mut span = telemetry.tracer().start("by hand");
    span.set_attribute(KeyValue::new("card", SECRET));
    span.add_event(SECRET, vec![KeyValue::new("card", SECRET)]);
}

const NAMES: [&str; 3] = ["by hand", "query", "step.execution"];

fn exporting(protocol: Protocol, collector: &Collector) -> TelemetryBuilder {
    let options = ExportOptions::new().endpoint(collector.url()).protocol(protocol);
    Telemetry::builder().export(options)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The bytes of all exports.
fn bytes(collector: &Collector) -> Vec<u8> {
    let requests = collector.requests().into_iter();
    requests.flat_map(|request| request.export.encode_to_vec()).collect()
}

#[test]
fn a_collector_gets_what_the_hook_keeps() {
    process::alone(|| {
        for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
            let collector = Collector::start(protocol);
            let telemetry = exporting(protocol, &collector).redact(mask).build().unwrap();
            run(&telemetry);
            let counts = telemetry.shutdown(DEADLINE).unwrap();
            assert_eq!((counts.spans_ended, counts.spans_exported), (3, 3));
            assert_eq!((counts.panics_caught, counts.values_lost_in_redaction), (0, 0));
            assert_eq!(collector.span_names(), NAMES);
            assert!(!contains(&bytes(&collector), SECRET));
            for span in collector.spans() {
                assert_eq!(text(&span.attributes, "card").as_deref(), Some("masked"), "{span:?}");
            }
            let execution = collector
                .spans()
                .into_iter()
                .find(|span| span.name == NAMES[2])
                .unwrap();
            assert_eq!(execution.status.unwrap().message, "masked");
            assert_eq!(execution.events[0].name, "masked");
        }
    });
}

#[test]
fn without_a_hook_all_is_exported() {
    process::alone(|| {
        let collector = Collector::grpc();
        let telemetry = exporting(Protocol::Grpc, &collector).build().unwrap();
        run(&telemetry);
        telemetry.shutdown(DEADLINE).unwrap();
        assert!(contains(&bytes(&collector), SECRET));
    });
}

#[test]
fn a_hook_that_panics_loses_its_values_and_no_span() {
    process::alone(|| {
        let collector = Collector::grpc();
        let hook = |field: &Field<'_>| {
            assert!(!field.text().contains(SECRET), "a bug of the hook");
            Redaction::Keep
        };
        let telemetry = exporting(Protocol::Grpc, &collector).redact(hook).build().unwrap();
        for _ in 0..2 {
            run(&telemetry);
            telemetry.flush(DEADLINE).unwrap();
        }
        let counts = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((counts.spans_ended, counts.spans_exported), (6, 6));
        // The field, the message and its field, and the description; field and message; and the three by hand.
        assert_eq!(counts.values_lost_in_redaction, 2 * (4 + 2 + 3));
        assert!(!contains(&bytes(&collector), SECRET));
    });
}

/// The spans that it gets, and the threads on which it gets them.
#[derive(Clone, Debug, Default)]
struct Watching {
    spans: Arc<Mutex<Vec<SpanData>>>,
    threads: Threads,
}

/// The names of threads.
#[derive(Clone, Debug, Default)]
struct Threads(Arc<Mutex<Vec<String>>>);

impl Threads {
    fn note(&self) {
        let name = thread::current().name().unwrap_or("unnamed").to_owned();
        self.0.lock().unwrap().push(name);
    }

    fn assert_all_export(&self) {
        let names = self.0.lock().unwrap();
        assert!(
            !names.is_empty() && names.iter().all(|name| name == "tasker-span-export"),
            "{names:?}"
        );
    }
}

impl SpanProcessor for Watching {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        self.threads.note();
        self.spans.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn processors_and_exporters_of_the_program_get_what_the_hook_keeps() {
    process::alone(|| {
        let threads = Threads::default();
        let hook = {
            let threads = threads.clone();
            move |field: &Field<'_>| {
                threads.note();
                mask(field)
            }
        };
        let (watching, exporter) = (Watching::default(), InMemorySpanExporter::default());
        let builder = Telemetry::builder()
            .span_processor(watching.clone())
            .span_exporter(exporter.clone());
        let telemetry = builder.redact(hook).build().unwrap();
        run(&telemetry);
        telemetry.flush(DEADLINE).unwrap();
        let of_exporter = exporter.get_finished_spans().unwrap();
        let of_processor = watching.spans.lock().unwrap();
        assert_eq!((of_exporter.len(), of_processor.len()), (3, 3));
        assert!(!format!("{of_exporter:?}{of_processor:?}").contains(SECRET));
        threads.assert_all_export();
        watching.threads.assert_all_export();
    });
}

#[test]
fn spans_without_an_exporter_are_redacted_and_counted_too() {
    process::alone(|| {
        let store = SpanStore::new();
        let builder = Telemetry::builder().console_only().span_processor(store.clone());
        let telemetry = builder.redact(mask).build().unwrap();
        run(&telemetry);
        let counts = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((counts.spans_ended, counts.spans_not_exported), (3, 3));
        assert_eq!(store.spans().len(), 3);
        assert!(!format!("{:?}", store.spans()).contains(SECRET));
    });
}

/// Prints its spans.
#[test]
#[ignore = "a program of the next test"]
fn printing() {
    let telemetry = Telemetry::builder().redact(mask).build().unwrap();
    run(&telemetry);
    telemetry.shutdown(DEADLINE).unwrap();
}

#[test]
fn printed_spans_are_redacted() {
    let output = process::program(printing)
        .env("OTEL_TRACES_EXPORTER", "console")
        .output();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains("step.execution") && printed.contains("masked"),
        "{printed}"
    );
    assert!(!printed.contains(SECRET), "{printed}");
}

#[test]
fn a_program_with_its_own_provider_wraps_its_exporter() {
    process::alone(|| {
        let exporter = InMemorySpanExporter::default();
        let redacting = RedactingExporter::new(exporter.clone(), mask);
        let processor = CountingProcessor::new(redacting, |exporter| BatchSpanProcessor::builder(exporter).build());
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        let registry = Registry::default().with(otel::layer(&provider));
        with_default(&Dispatch::new(SpanSubscriber::new(registry)), || {
            let task = Task::default();
            charge(&task, &task.step()).unwrap_err();
        });
        provider.force_flush().unwrap();
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.len(), 2);
        assert!(!format!("{spans:?}").contains(SECRET));
        assert_eq!(stats().spans_exported, 2);
        provider.shutdown().unwrap();
    });
}

/// Each of its spans would have values, and cause more spans than one.
#[test]
fn spans_that_the_hook_opens_are_refused() {
    process::alone(|| {
        let hook = |_: &Field<'_>| {
            let task = Task::default();
            charge(&task, &task.step()).unwrap_err();
            Redaction::Keep
        };
        let exporter = InMemorySpanExporter::default();
        let redacting = RedactingExporter::new(exporter.clone(), hook);
        let processor = CountingProcessor::new(redacting, |exporter| BatchSpanProcessor::builder(exporter).build());
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        let registry = Registry::default().with(otel::layer(&provider));
        // The hook runs on a thread of the processor.
        tracing::subscriber::set_global_default(SpanSubscriber::new(registry)).unwrap();
        let task = Task::default();
        charge(&task, &task.step()).unwrap_err();
        for _ in 0..3 {
            provider.force_flush().unwrap();
        }
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 2);
        provider.shutdown().unwrap();
        let counts = stats();
        assert!(counts.spans_refused > 0 && counts.pending() == 0, "{counts:?}");
    });
}
