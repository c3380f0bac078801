//! A layer that opens spans while one of ours is being opened. Only a global subscriber lets it: this file has a process of
//! its own.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{
    Uuid,
    otel::{IdGenerator, SpanLayer},
    task_span,
};
use tasker_span_tests::fixture::Task;
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) {}

/// Opens spans for each transition, before any other layer has seen the transition itself.
struct Opens(Task);

impl<S: Subscriber> Layer<S> for Opens {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if attributes.metadata().name() == "task.state_transition" {
            drop(tracing::info_span!("opened by a layer"));
            audit(&self.0);
        }
    }
}

#[task_span(
    "task.state_transition",
    task_uuid = id,
    from = "initializing",
    to = "enqueuing_steps",
    late(correlation_id, namespace)
)]
fn load(id: Uuid, task: &Task) {
    // Plain records reach the scope through the layer that keeps it with the span.
    tracing::Span::current().record("correlation_id", tracing::field::display(task.correlation_id));
    tracing::Span::current().record("namespace", &task.namespace_name);
    discover(id);
}

#[task_span("step.discovery", task_uuid = id, inherit(correlation_id, namespace))]
fn discover(id: Uuid) {}

#[test]
fn a_layer_that_opens_spans_does_not_take_the_scope_away() {
    let store = SpanStore::new();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .with_span_processor(store.clone())
        .build();
    let tracer = provider.tracer("test");
    let other = Task::default();
    let subscriber = tracing_subscriber::registry()
        .with(Opens(other.clone()))
        .with(SpanLayer::new(tracer.clone()).strict())
        .with(tracing_opentelemetry::layer().with_tracer(tracer).with_location(false));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let task = Task::default();
    load(task.task_uuid, &task);
    let spans = store.spans();
    assert_eq!(spans.of_task(other.task_uuid).names(), ["task.audit"]);
    assert_eq!(spans.of_task(task.task_uuid).len(), 2);
    assert_eq!(
        spans.named("step.discovery").one().uuid("correlation_id"),
        Some(task.correlation_id)
    );
    spans.assert_valid();
}
