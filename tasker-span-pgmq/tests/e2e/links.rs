//! Links and attributes of the spans that send and process messages.

use tasker_span_pgmq::{send, send_batch};
use tasker_span_runtime::testing::{Capture, CapturedSpan, SpanKind};
use tasker_span_runtime::{AsLink, TraceContext, identity, step_span};

use crate::steps::{StepMessage, database, enqueue, execute, read_step};
use crate::{TRACEPARENT, Task, read_all, store};

#[step_span("step.execution", link = messages, step = step)]
fn execute_together(step: &StepMessage, messages: impl AsLink) {}

/// The attributes of the messaging conventions, except for `messaging.system`.
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
async fn a_step_in_both_queues_is_one_tree_with_links() {
    let (capture, database, task) = (Capture::strict(), database().await, Task::default());
    let step = StepMessage::of(&task);
    let sending = send("steps", &step).execute(database.pool());
    enqueue(&task, sending).await.1.unwrap();
    execute(read_step(&database, "steps").await, database.pool()).await;

    let spans = capture.spans();
    let [enqueuing, execution, submission] =
        ["step.enqueuing", "step.execution", "result.submission"].map(|name| spans.named(name).one());
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    assert!(execution.is_linked_to(&enqueuing));
    assert_eq!(execution.links().len(), 1);
    assert_eq!(submission.parent_span_id(), Some(execution.span_id()));

    let result = read_step(&database, "results").await;
    assert_eq!(result.trace_context.span_id(), Some(submission.span_id()));
    assert_eq!(
        result.trace_context.trace_id(),
        Some(identity::trace_id(task.task_uuid))
    );
    spans.assert_valid();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn producers_and_consumers_have_the_attributes_of_the_conventions() {
    let (capture, database, task) = (Capture::strict(), database().await, Task::default());
    let step = StepMessage::of(&task);
    let sending = send("steps", &step).execute(database.pool());
    let id = enqueue(&task, sending).await.1.unwrap().to_string();
    execute(read_step(&database, "steps").await, database.pool()).await;
    let result = read_step(&database, "results").await.msg_id.to_string();

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
async fn spans_of_a_batch_have_the_number_of_messages() {
    let (capture, database, task) = (Capture::strict(), database().await, Task::default());
    let steps = [StepMessage::of(&task), StepMessage::of(&task), StepMessage::of(&task)];
    let sending = send_batch("steps", &steps).execute(database.pool());
    enqueue(&task, sending).await.1.unwrap();
    let messages = read_all::<StepMessage>(database.pool(), "steps").await;
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
    // One sender, one link.
    assert_eq!(spans.named("step.execution").one().links().len(), 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_execution_has_the_time_in_the_queue_and_the_number_of_deliveries() {
    let (capture, database, task) = (Capture::strict(), database().await, Task::default());
    database.queues().send("steps", &StepMessage::of(&task)).await.unwrap();
    // An older message, which a worker has had before.
    let update = "UPDATE pgmq.q_steps SET enqueued_at = enqueued_at - INTERVAL '2 hours', read_ct = 2";
    sqlx::query(update).execute(database.pool()).await.unwrap();
    execute(read_step(&database, "steps").await, database.pool()).await;

    let execution = capture.spans().named("step.execution").one();
    assert_eq!(execution.integer("tasker.delivery_count"), Some(3));
    let waited = execution.integer("tasker.queue_time_ms").unwrap();
    assert!(waited >= 7_200_000, "{waited}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_that_was_not_sent_is_not_recorded() {
    let (capture, database) = (Capture::strict(), database().await);
    let sending = send("nowhere", "charge").execute(database.pool());
    enqueue(&Task::default(), sending).await.1.unwrap_err();
    let enqueuing = capture.spans().named("step.enqueuing").one();
    assert_eq!(enqueuing.attribute("messaging.system"), None);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_without_headers_has_the_tasks_root_as_parent_and_no_link() {
    let (capture, database, task) = (Capture::strict(), database().await, Task::default());
    database.queues().send("steps", &StepMessage::of(&task)).await.unwrap();
    execute(read_step(&database, "steps").await, database.pool()).await;

    let execution = capture.spans().named("step.execution").one();
    assert_eq!(execution.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    assert_eq!(execution.links(), []);
    assert_eq!(execution.text("messaging.destination.name"), Some("steps"));
}

/// An older sender has a trace for each request.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_context_of_another_trace_is_a_link_and_not_the_parent() {
    let (capture, database, task) = (Capture::strict(), database().await, Task::default());
    let body = serde_json::to_string(&StepMessage::of(&task)).unwrap();
    // A later version of the header: its known part is read.
    let later = format!("01{}-later", &TRACEPARENT[2..]);
    let headers = serde_json::json!({ "traceparent": later, "baggage": "user=7" }).to_string();
    store(&database, &body, Some(&headers)).await;
    execute(read_step(&database, "steps").await, database.pool()).await;

    let execution = capture.spans().named("step.execution").one();
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    let sender = TraceContext::from_headers(Some(TRACEPARENT), None);
    let links = execution
        .links()
        .iter()
        .map(|link| (Some(link.trace_id()), Some(link.span_id())));
    assert_eq!(links.collect::<Vec<_>>(), [(sender.trace_id(), sender.span_id())]);
}
