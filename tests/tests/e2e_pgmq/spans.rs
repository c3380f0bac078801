//! What the trace tells of messages.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tasker_span_runtime::pgmq::{self, Message};
use tasker_span_runtime::testing::{Capture, CapturedSpan, SpanKind};
use tasker_span_runtime::{AsLink, Carrier, IdGenerator, Sampler, ScopeLayer, SpanFields, Uuid, identity, step_span};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::servers::postgres::Database;
use tracing_subscriber::layer::SubscriberExt;

use crate::{HIDDEN, TRACEPARENT, database_with, start_steps, store};

#[derive(Debug, Deserialize, Serialize, SpanFields)]
struct StepMessage {
    task_uuid: Uuid,
    correlation_id: Uuid,
    step_uuid: Uuid,
    handler_name: String,
    namespace: String,
    attempt_number: u32,
}

impl StepMessage {
    fn of(task: &Task) -> Self {
        let step = task.step();
        Self {
            task_uuid: task.task_uuid,
            correlation_id: task.correlation_id,
            step_uuid: step.workflow_step_uuid,
            handler_name: step.handler,
            namespace: task.namespace_name.clone(),
            attempt_number: step.attempts,
        }
    }
}

#[step_span("step.execution", link = message, step = message.message)]
async fn execute(message: Message<StepMessage>, pool: &PgPool) {
    submit(message.into_body(), pool).await;
}

#[step_span("result.submission", step = result)]
async fn submit(result: StepMessage, pool: &PgPool) {
    let mut transaction = pool.begin().await.unwrap();
    pgmq::send("results", &result).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

#[step_span("step.execution", link = messages, step = step)]
fn execute_together(step: &StepMessage, messages: impl AsLink) {}

async fn queues() -> Database {
    let database = database_with("steps").await;
    database.queues().create("results").await.unwrap();
    database
}

async fn read(database: &Database, queue: &str) -> Message<StepMessage> {
    let message = pgmq::read(queue, HIDDEN).fetch_optional(database.pool()).await;
    message.unwrap().unwrap()
}

/// What the conventions for messaging ask of a span, without the constant `messaging.system`.
fn messaging(span: &CapturedSpan) -> Vec<(&str, String)> {
    assert_eq!(span.text("messaging.system"), Some("pgmq"));
    let mut attributes: Vec<_> = span
        .attributes()
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("messaging.")?, value.to_string())))
        .filter(|(name, _)| *name != "system")
        .collect();
    attributes.sort_unstable();
    attributes
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_steps_way_through_both_queues_is_one_tree_with_links() {
    let capture = Capture::strict();
    let database = queues().await;
    let task = Task::default();

    let step = StepMessage::of(&task);
    start_steps(&task, pgmq::send("steps", &step).execute(database.pool()))
        .await
        .1
        .unwrap();
    execute(read(&database, "steps").await, database.pool()).await;

    let spans = capture.spans();
    let [enqueuing, execution, submission] =
        ["step.enqueuing", "step.execution", "result.submission"].map(|name| spans.named(name).one());
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    assert!(execution.is_linked_to(&enqueuing));
    assert_eq!(execution.links().len(), 1);
    assert_eq!(submission.parent_span_id(), Some(execution.span_id()));

    let result = read(&database, "results").await;
    assert_eq!(result.carrier.span_id(), Some(submission.span_id()));
    assert_eq!(result.carrier.trace_id(), Some(identity::trace_id(task.task_uuid)));
    spans.assert_valid();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn producers_and_consumers_have_the_attributes_of_the_conventions() {
    let capture = Capture::strict();
    let database = queues().await;
    let task = Task::default();

    let step = StepMessage::of(&task);
    let send = pgmq::send("steps", &step).execute(database.pool());
    let id = start_steps(&task, send).await.1.unwrap().to_string();
    execute(read(&database, "steps").await, database.pool()).await;
    let result = read(&database, "results").await.msg_id.to_string();

    let spans = capture.spans();
    let conversation = task.correlation_id.to_string();
    for (span, kind, operation, queue, id) in [
        ("step.enqueuing", SpanKind::Producer, "send", "steps", &id),
        ("step.execution", SpanKind::Consumer, "process", "steps", &id),
        ("result.submission", SpanKind::Producer, "send", "results", &result),
    ] {
        let span = spans.named(span).one();
        let expected = [
            ("destination.name", queue),
            ("message.conversation_id", &conversation),
            ("message.id", id),
            ("operation.name", operation),
            ("operation.type", operation),
        ];
        assert_eq!(messaging(&span), expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(span.kind(), kind);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn of_a_batch_the_spans_tell_the_number() {
    let capture = Capture::strict();
    let database = queues().await;
    let task = Task::default();

    let steps = [StepMessage::of(&task), StepMessage::of(&task), StepMessage::of(&task)];
    let send = pgmq::send_batch("steps", &steps).execute(database.pool());
    start_steps(&task, send).await.1.unwrap();
    let read = pgmq::read::<StepMessage>("steps", HIDDEN)
        .limit(10)
        .fetch_all(database.pool())
        .await;
    let messages: Vec<_> = read.unwrap().into_iter().map(Result::unwrap).collect();
    execute_together(&steps[0], &messages);

    let conversation = task.correlation_id.to_string();
    let spans = capture.spans();
    for (span, operation) in [("step.enqueuing", "send"), ("step.execution", "process")] {
        let expected = [
            ("batch.message_count", "3"),
            ("destination.name", "steps"),
            ("message.conversation_id", &conversation),
            ("operation.name", operation),
            ("operation.type", operation),
        ];
        let span = spans.named(span).one();
        assert_eq!(messaging(&span), expected.map(|(name, value)| (name, value.to_owned())));
    }
    // All three come from the same span.
    assert_eq!(spans.named("step.execution").one().links().len(), 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn what_was_not_sent_is_not_told() {
    let capture = Capture::strict();
    let database = queues().await;
    let send = pgmq::send("nowhere", "charge").execute(database.pool());
    start_steps(&Task::default(), send).await.1.unwrap_err();
    let enqueuing = capture.spans().named("step.enqueuing").one();
    assert_eq!(enqueuing.attribute("messaging.system"), None);
}

/// As they lie in the queue while a new version is rolled out.
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
    let sender = Carrier::from_headers(Some(TRACEPARENT), None);
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
        .with(ScopeLayer::new(tracer.clone()))
        .with(tracing_opentelemetry::layer().with_tracer(tracer));
    let _default = tracing::subscriber::set_default(subscriber);

    let task = Task::default();
    let send = pgmq::send("steps", "charge").execute(database.pool());
    start_steps(&task, send).await.1.unwrap();
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    let carrier = message.unwrap().unwrap().carrier;
    assert_eq!(carrier.trace_id(), Some(identity::trace_id(task.task_uuid)));
    assert!(!carrier.is_sampled());
}
