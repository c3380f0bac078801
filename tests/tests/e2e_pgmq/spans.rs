//! What the trace tells of messages.

use tasker_span_runtime::testing::{Capture, CapturedSpan, SpanKind};
use tasker_span_runtime::{AsLink, identity, pgmq, step_span};
use tasker_span_tests::fixture::Task;

use crate::steps::{StepMessage, execute, queues, read};
use crate::{HIDDEN, start_steps};

#[step_span("step.execution", link = messages, step = step)]
fn execute_together(step: &StepMessage, messages: impl AsLink) {}

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
