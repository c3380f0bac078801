//! A program with its own registry and its own `tracing-opentelemetry` layer: what it had stays as
//! it was when our parts join, and our spans join its traces.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry::{Context, Key};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    IdGenerator, InMemorySpanExporter, Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor, TracerProviderBuilder,
};
use tasker_span_runtime::otel::{self, SpanLayer};
use tasker_span_runtime::{Telemetry, identity, task_span};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::DEADLINE;

/// Ids that count, so that two runs can be compared.
#[derive(Debug, Default)]
struct CountingIds(AtomicU64);

impl IdGenerator for CountingIds {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1000)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(self.0.fetch_add(1, Ordering::Relaxed) + 2000)
    }
}

/// The output of a `fmt` layer.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(super) fn writer(&self) -> impl Fn() -> Self + use<> {
        let log = self.clone();
        move || log.clone()
    }

    pub(super) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        tracing_subscriber::fmt::layer()
            .with_writer(self.writer())
            .with_ansi(false)
            .without_time()
    }

    pub(super) fn push(&self, text: &str) {
        self.0.lock().unwrap().extend(text.as_bytes());
    }

    /// Removes the text so far.
    pub(super) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tracing::instrument(fields(request.id = 7))]
fn request() {
    tracing::info!("received");
    charge("visa").unwrap_err();
}

#[tracing::instrument(err)]
fn charge(card: &str) -> Result<(), String> {
    tracing::warn!(card, "declined");
    Err("declined".to_owned())
}

/// Everything of a span but its times.
fn comparable(span: &SpanData) -> String {
    let attributes = span
        .attributes
        .iter()
        .filter(|attribute| !attribute.key.as_str().ends_with("_ns"));
    let events = span.events.iter().map(|event| (&event.name, &event.attributes));
    format!(
        "{} {:?} parent={:?} {:?} {:?} {:?} {:?} {:?}",
        span.name,
        span.span_context,
        span.parent_span_id,
        span.span_kind,
        span.status,
        attributes.collect::<Vec<_>>(),
        events.collect::<Vec<_>>(),
        span.links,
    )
}

/// Spans and logs of a program, with our parts in every place that they can have, or without.
fn run(has_our_parts: bool, program: impl FnOnce()) -> (Vec<SpanData>, String) {
    let (exported, log) = (InMemorySpanExporter::default(), Log::default());
    let builder = SdkTracerProvider::builder().with_simple_exporter(exported.clone());
    let with_our_parts = |builder: TracerProviderBuilder| {
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        let builder = builder.with_id_generator(otel::IdGenerator::new(CountingIds::default()));
        builder.with_sampler(otel::Sampler::new(sampler))
    };
    let builder = if has_our_parts {
        with_our_parts(builder)
    } else {
        builder.with_id_generator(CountingIds::default())
    };
    let provider = builder.build();
    let tracer = provider.tracer("own");
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracer.clone()))
        .with(has_our_parts.then(|| SpanLayer::new(tracer).strict()))
        .with(log.layer());
    tracing::subscriber::with_default(subscriber, program);
    (exported.get_finished_spans().unwrap(), log.text())
}

#[test]
fn spans_logs_and_ids_stay_as_they_were() {
    process::alone(|| {
        let (spans, log) = run(false, request);
        let (joined, joined_log) = run(true, request);
        let comparable = |spans: &[SpanData]| spans.iter().map(comparable).collect::<Vec<_>>();
        assert_eq!(spans.len(), 2);
        assert_eq!(comparable(&joined), comparable(&spans));
        assert!(log.contains("request{request.id=7}:charge{card=\"visa\"}"), "{log}");
        assert_eq!(joined_log, log);
    });
}

#[test]
fn our_spans_join_the_program_and_the_program_joins_our_traces() {
    process::alone(|| {
        #[task_span("task.state_transition", from = "pending", to = "initializing")]
        fn transition(task: &Task) {
            request();
        }
        #[tracing::instrument(skip_all)]
        fn endpoint(task: &Task) {
            transition(task);
        }

        let task = Task::default();
        let (spans, log) = run(true, || endpoint(&task));
        let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        let [endpoint, transition, request] = ["endpoint", "task.state_transition", "request"].map(span);
        let task_trace = TraceId::from(identity::trace_id(task.task_uuid).to_u128());
        assert_eq!(transition.span_context.trace_id(), task_trace);
        assert_ne!(endpoint.span_context.trace_id(), task_trace, "its own trace, as before");
        let link = transition.links.iter().next().unwrap();
        assert_eq!(link.span_context.span_id(), endpoint.span_context.span_id());
        assert_eq!(request.parent_span_id, transition.span_context.span_id());
        assert!(log.contains("endpoint:task.state_transition{"), "{log}");
    });
}

#[test]
fn the_program_s_own_registry_takes_our_layer() {
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(log.layer()).with(telemetry.layer());
        tracing::subscriber::with_default(subscriber, request);
        assert!(log.text().contains("declined"));
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((stats.spans_ended, stats.spans_not_exported), (2, 2));
    });
}

#[test]
fn a_processor_of_the_program_gets_the_resource_and_each_flush() {
    process::alone(|| {
        #[derive(Clone, Debug, Default)]
        struct Calls(Arc<Mutex<Vec<String>>>);

        impl SpanProcessor for Calls {
            fn on_start(&self, _: &mut Span, _: &Context) {}
            fn on_end(&self, _: SpanData) {}
            fn force_flush(&self) -> OTelSdkResult {
                self.0.lock().unwrap().push("flush".to_owned());
                Ok(())
            }
            fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
                Ok(())
            }
            fn set_resource(&mut self, resource: &Resource) {
                let name = resource.get(&Key::new("service.name")).unwrap();
                self.0.lock().unwrap().push(name.to_string());
            }
        }

        let calls = Calls::default();
        let builder = Telemetry::builder().service_name("orders").console_only();
        let telemetry = builder.span_processor(calls.clone()).build().unwrap();
        telemetry.flush(DEADLINE).unwrap();
        assert_eq!(*calls.0.lock().unwrap(), ["orders", "flush"]);
    });
}
