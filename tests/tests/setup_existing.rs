//! A program with its own registry and its own `tracing-opentelemetry` layer: what it had stays as it was when our parts
//! join, and our spans join its traces.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry::{Context, Key};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{IdGenerator, Sampler, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor};
use tasker_span_runtime::{Telemetry, identity, otel::SpanLayer, task_span};
use tasker_span_tests::fixture::Task;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

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

#[derive(Clone, Debug, Default)]
struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exported {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        let log = self.clone();
        tracing_subscriber::fmt::layer()
            .with_writer(move || log.clone())
            .with_ansi(false)
            .without_time()
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

fn builder(exported: &Exported) -> opentelemetry_sdk::trace::TracerProviderBuilder {
    SdkTracerProvider::builder().with_simple_exporter(exported.clone())
}

/// Everything of a span but the clock's part.
fn comparable(exported: &Exported) -> Vec<String> {
    let spans = exported.0.lock().unwrap();
    let comparable = |span: &SpanData| {
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
    };
    spans.iter().map(comparable).collect()
}

/// Spans and logs of the program alone.
fn without_our_parts() -> (Vec<String>, String) {
    let (exported, log) = (Exported::default(), Log::default());
    let provider = builder(&exported).with_id_generator(CountingIds::default()).build();
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("own")))
        .with(log.layer());
    tracing::subscriber::with_default(subscriber, request);
    (comparable(&exported), log.text())
}

/// The same program with our parts in every place that they can have.
fn with_our_parts(program: impl FnOnce()) -> (Exported, String) {
    let (exported, log) = (Exported::default(), Log::default());
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let provider = builder(&exported)
        .with_id_generator(tasker_span_runtime::otel::IdGenerator::new(CountingIds::default()))
        .with_sampler(tasker_span_runtime::otel::Sampler::new(sampler))
        .build();
    let tracer = provider.tracer("own");
    let subscriber = tracing_subscriber::registry()
        .with(SpanLayer::new(tracer.clone()).strict())
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(log.layer());
    tracing::subscriber::with_default(subscriber, program);
    (exported, log.text())
}

#[test]
fn spans_logs_and_ids_stay_as_they_were() {
    let (spans, log) = without_our_parts();
    let (joined, joined_log) = with_our_parts(request);
    assert_eq!(spans.len(), 2);
    assert_eq!(comparable(&joined), spans);
    assert!(log.contains("request{request.id=7}:charge{card=\"visa\"}"), "{log}");
    assert_eq!(joined_log, log);
}

#[test]
fn our_spans_join_the_program_and_the_program_joins_our_traces() {
    #[task_span("task.state_transition", from = "pending", to = "initializing")]
    fn transition(task: &Task) {
        request();
    }
    #[tracing::instrument(skip_all)]
    fn endpoint(task: &Task) {
        transition(task);
    }

    let task = Task::default();
    let (exported, log) = with_our_parts(|| endpoint(&task));
    let spans = exported.0.lock().unwrap();
    let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let [endpoint, transition, request] = ["endpoint", "task.state_transition", "request"].map(span);
    let task_trace = TraceId::from(identity::trace_id(task.task_uuid).to_u128());
    assert_eq!(transition.span_context.trace_id(), task_trace);
    assert_ne!(endpoint.span_context.trace_id(), task_trace, "its own trace, as before");
    assert_eq!(
        transition.links.iter().next().unwrap().span_context.span_id(),
        endpoint.span_context.span_id()
    );
    assert_eq!(request.parent_span_id, transition.span_context.span_id());
    assert!(log.contains("endpoint:task.state_transition{"), "{log}");
}

#[test]
fn a_registry_of_one_s_own_takes_our_layer() {
    let telemetry = Telemetry::builder().console_only().build().unwrap();
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(log.layer()).with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, request);
    assert!(log.text().contains("declined"));
    let report = telemetry.shutdown(Duration::from_secs(30)).unwrap();
    assert_eq!((report.spans_ended, report.spans_not_exported), (2, 2));
}

#[test]
fn a_processor_of_the_program_s_own_gets_the_resource_and_each_flush() {
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
    let telemetry = Telemetry::builder()
        .service_name("orders")
        .console_only()
        .span_processor(calls.clone())
        .build()
        .unwrap();
    telemetry.flush(Duration::from_secs(30)).unwrap();
    assert_eq!(*calls.0.lock().unwrap(), ["orders", "flush"]);
}
