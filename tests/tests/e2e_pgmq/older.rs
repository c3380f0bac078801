//! Messages of older senders, as they lie in a queue while a new version is rolled out, and of spans that were dropped.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{
    TraceContext, identity,
    otel::{IdGenerator, Sampler, SpanLayer},
    pgmq,
};
use tasker_span_tests::fixture::Task;
use tracing_subscriber::layer::SubscriberExt;

use crate::steps::{StepMessage, execute, queues, read};
use crate::{HIDDEN, TRACEPARENT, database_with, start_steps, store};

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_of_an_older_sender_lands_under_the_right_root() {
    let capture = Capture::strict();
    let database = queues().await;
    let task = Task::default();
    database.queues().send("steps", &StepMessage::of(&task)).await.unwrap();
    execute(read(&database, "steps").await, database.pool()).await;

    let execution = capture.spans().named("step.execution").one();
    assert_eq!(execution.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    assert_eq!(execution.links(), []);
    assert_eq!(execution.text("messaging.destination.name"), Some("steps"));
}

/// Older senders had a trace of their own for each request.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_carrier_of_another_trace_is_linked_to_and_does_not_move_the_span() {
    let capture = Capture::strict();
    let database = queues().await;
    let task = Task::default();
    let body = serde_json::to_string(&StepMessage::of(&task)).unwrap();
    // A later version of the header, of which the part that is known is read.
    let later = format!("01{}-later", &TRACEPARENT[2..]);
    let headers = serde_json::json!({ "traceparent": later, "baggage": "user=7" }).to_string();
    store(&database, "steps", &body, Some(&headers)).await;
    execute(read(&database, "steps").await, database.pool()).await;

    let execution = capture.spans().named("step.execution").one();
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    let sender = TraceContext::from_headers(Some(TRACEPARENT), None);
    let links: Vec<_> = execution
        .links()
        .iter()
        .map(|link| (Some(link.trace_id()), Some(link.span_id())))
        .collect();
    assert_eq!(links, [(sender.trace_id(), sender.span_id())]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn inside_a_span_that_a_sampler_dropped_the_carrier_is_valid_and_not_sampled() {
    let database = database_with("steps").await;
    let provider = SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .with_sampler(Sampler::new(SdkSampler::AlwaysOff))
        .build();
    let tracer = provider.tracer("tests");
    let subscriber = tracing_subscriber::registry()
        .with(SpanLayer::new(tracer.clone()))
        .with(tracing_opentelemetry::layer().with_tracer(tracer));
    let _default = tracing::subscriber::set_default(subscriber);

    let task = Task::default();
    let send = pgmq::send("steps", "charge").execute(database.pool());
    start_steps(&task, send).await.1.unwrap();
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    let trace_context = message.unwrap().unwrap().trace_context;
    assert_eq!(trace_context.trace_id(), Some(identity::trace_id(task.task_uuid)));
    assert!(!trace_context.is_sampled());
}
