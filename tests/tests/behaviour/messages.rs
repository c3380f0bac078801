//! The attributes of spans that send and process messages.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::record_sent_message;
use tasker_span_tests::prelude::*;

/// A message of a queue.
struct Message {
    system: &'static str,
    queue: &'static str,
    id: u32,
    sender: TraceContext,
}

impl AsLink for Message {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&self.sender);
        links.message(self.system, self.queue, &self.id.to_string());
    }
}

fn message(id: u32) -> Message {
    Message {
        system: "pgmq",
        queue: "payments_queue",
        id,
        sender: TraceContext::EMPTY,
    }
}

/// The producer of the task's messages.
fn produce<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    enqueue(task, || send_steps(task, work))
}

#[step_span("step.execution", link = link)]
fn receive<R>(task: &Task, step: &Step, link: impl AsLink, work: impl FnOnce() -> R) -> R {
    work()
}

fn send(id: &str) {
    record_sent_message("pgmq", "payments_queue", id);
}

/// The messaging attributes without their common prefix. The conversation's id must be right, and is left out.
fn messaging(span: &CapturedSpan) -> Vec<String> {
    let attributes = span.attributes().iter().filter_map(|(key, value)| {
        let key = key.strip_prefix("messaging.")?;
        Some(format!("{key}={value}"))
    });
    let mut attributes = attributes.collect::<Vec<_>>();
    if !attributes.is_empty() {
        let conversation = format!("message.conversation_id={}", span.text("correlation_id").unwrap());
        let index = attributes.iter().position(|attribute| *attribute == conversation);
        attributes.remove(index.expect("the conversation"));
    }
    attributes
}

/// The messaging attributes of the span of this name.
fn messaging_of(capture: &Capture, name: &str) -> Vec<String> {
    messaging(&capture.spans().named(name).one())
}

const PROCESSED: [&str; 5] = [
    "system=pgmq",
    "operation.type=process",
    "operation.name=process",
    "destination.name=payments_queue",
    "message.id=7",
];

const SENT: [&str; 5] = [
    "system=pgmq",
    "operation.type=send",
    "operation.name=send",
    "destination.name=payments_queue",
    "message.id=7",
];

#[test]
fn a_span_that_processes_a_message_is_its_consumer_even_if_it_sends() {
    let capture = Capture::strict();
    let task = Task::default();
    receive(&task, &task.step(), message(7), || ());
    receive(&task, &task.step(), vec![message(7)], || send("8"));
    for span in &capture.spans() {
        assert_eq!(span.kind(), SpanKind::Consumer);
        assert_eq!(messaging(span), PROCESSED);
    }
    capture.spans().assert_valid();
}

#[test]
fn a_span_that_processes_several_messages_has_what_they_have_in_common() {
    let capture = Capture::strict();
    let task = Task::default();
    let other_queue = Message {
        queue: "shipping_queue",
        ..message(3)
    };
    let other_system = Message {
        system: "rabbitmq",
        ..message(4)
    };
    for messages in [
        vec![message(1), message(2)],
        vec![message(1), message(2), other_queue],
        vec![message(1), other_system],
    ] {
        receive(&task, &task.step(), messages, || ());
    }
    let spans = capture.spans();
    let attributes = spans.iter().map(|span| messaging(span).join(" "));
    let operation = "operation.type=process operation.name=process";
    assert_eq!(
        attributes.collect::<Vec<_>>(),
        [
            format!("system=pgmq {operation} destination.name=payments_queue batch.message_count=2"),
            format!("system=pgmq {operation} batch.message_count=3"),
            format!("{operation} destination.name=payments_queue batch.message_count=2"),
        ]
    );
}

/// How a message came.
#[derive(Clone, Copy)]
struct Delivery {
    enqueued_at: Option<SystemTime>,
    count: Option<u32>,
}

impl AsLink for Delivery {
    fn add_to(&self, links: &mut Links) {
        message(7).add_to(links);
        links.delivery(self.enqueued_at, self.count);
    }
}

/// A delivery of a message that was sent so many hours ago.
fn delivery(hours: u64, count: u32) -> Delivery {
    Delivery {
        enqueued_at: Some(SystemTime::now() - Duration::from_hours(hours)),
        count: Some(count),
    }
}

/// The time in the queue in hours, and the number of deliveries, of the one span.
fn delivered(capture: &Capture) -> (Option<i64>, Option<i64>) {
    let span = capture.spans().one();
    let hours = span
        .integer("tasker.queue_time_ms")
        .map(|milliseconds| milliseconds / 3_600_000);
    (hours, span.integer("tasker.delivery_count"))
}

#[test]
fn a_consumer_has_the_time_in_the_queue_and_the_number_of_deliveries() {
    let capture = Capture::strict();
    let task = Task::default();
    let unknown = Delivery {
        enqueued_at: None,
        count: None,
    };
    let ahead = Delivery {
        enqueued_at: Some(SystemTime::now() + Duration::from_hours(1)),
        count: Some(1),
    };
    for (messages, expected) in [
        (vec![delivery(2, 3)], (Some(2), Some(3))),
        // The longest time, and the highest count.
        (vec![delivery(1, 4), delivery(5, 1), unknown], (Some(5), Some(4))),
        (vec![unknown], (None, None)),
        // A clock that is ahead.
        (vec![ahead], (Some(0), Some(1))),
    ] {
        receive(&task, &task.step(), messages, || ());
        assert_eq!(delivered(&capture), expected);
        capture.spans().assert_valid();
        capture.clear();
    }
}

#[test]
fn an_unsampled_span_that_fails_tells_nothing_of_its_message() {
    #[step_span("step.execution", link = link)]
    fn fail(task: &Task, step: &Step, link: impl AsLink) -> Result<(), &'static str> {
        Err("declined")
    }

    let capture = no_steps();
    let task = Task::default();
    fail(&task, &task.step(), delivery(2, 3)).unwrap_err();
    let span = capture.spans().named("step.execution").one();
    assert!(messaging(&span).is_empty());
    assert_eq!(delivered(&capture), (None, None));
}

#[test]
fn a_span_without_messages_says_nothing_of_them() {
    let capture = Capture::strict();
    let task = Task::default();
    receive(&task, &task.step(), Vec::<Message>::new(), || ());
    produce(&task, || ());
    assert!(capture.spans().iter().all(|span| messaging(span).is_empty()));
}

#[test]
fn a_producer_tells_what_it_sent() {
    let capture = Capture::strict();
    let task = Task::default();
    produce(&task, || send("7"));
    submit_step(&task, &task.step(), || ["1", "2"].map(send));
    let spans = capture.spans();
    assert_eq!(spans.named("step.enqueuing").one().kind(), SpanKind::Producer);
    assert_eq!(messaging_of(&capture, "step.enqueuing"), SENT);
    assert_eq!(
        messaging_of(&capture, "result.submission")[3..],
        ["destination.name=payments_queue", "batch.message_count=2"]
    );
    spans.assert_valid();
}

#[test]
fn the_nearest_producer_tells_what_is_sent_inside_it() {
    let capture = Capture::strict();
    let task = Task::default();
    produce(&task, || {
        tracing::info_span!("plain").in_scope(|| send("1"));
        let own = task_scope!("task.publishing", within = "step.enqueuing", task = task);
        own.in_scope(|| send("2"));
    });
    assert!(messaging_of(&capture, "task.publishing").is_empty());
    let enqueuing = messaging_of(&capture, "step.enqueuing");
    assert_eq!(enqueuing.last().map(String::as_str), Some("batch.message_count=2"));
}

#[test]
fn a_producer_does_not_tell_what_is_sent_for_another_task_or_beyond_it() {
    let (parent, child) = (Task::default(), Task::default());
    let creating = || task_scope!("task.creation", within = "task.orchestration", task = child);
    let informing = || task_scope!("task.informing", within = "task.orchestration", task = parent);

    let capture = Capture::strict();
    produce(&parent, || creating().in_scope(|| send("7")));
    assert_eq!(messaging_of(&capture, "task.creation"), SENT);
    assert!(messaging_of(&capture, "step.enqueuing").is_empty());

    capture.clear();
    produce(&parent, || creating().in_scope(|| informing().in_scope(|| send("7"))));
    assert_eq!(messaging_of(&capture, "task.informing"), SENT);
    assert!(messaging_of(&capture, "step.enqueuing").is_empty());
}

#[test]
fn a_producer_does_not_tell_what_is_sent_by_a_step_executed_inside_it() {
    // An engine that executes a step at once. Its position is a violation, which is not the subject here.
    let capture = Capture::start();
    let task = Task::default();
    produce(&task, || execute(&task, &task.step(), || send("7")));
    assert!(messaging_of(&capture, "step.enqueuing").is_empty());
    assert_eq!(messaging_of(&capture, "step.execution"), SENT);
}

#[test]
fn without_a_producer_the_active_span_tells_it() {
    let capture = Capture::strict();
    let task = Task::default();
    receive(&task, &task.step(), message(1), || handle(|| send("7")));
    assert_eq!(messaging_of(&capture, "handler.execution"), SENT);
}

#[test]
fn a_sent_message_is_told_however_the_span_ends() {
    #[step_span("result.submission")]
    fn submit(task: &Task, step: &Step, fails: bool) -> Result<(), String> {
        send("7");
        assert!(fails, "as the test wants it");
        Err("the queue is full".to_owned())
    }

    #[step_span("result.submission")]
    async fn wait(task: &Task, step: &Step) {
        send("7");
        std::future::pending().await
    }

    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    submit(&task, &step, true).unwrap_err();
    catch_unwind(|| submit(&task, &step, false)).unwrap_err();
    cancel(wait(&task, &step));
    assert_eq!(capture.spans().iter().map(messaging).collect::<Vec<_>>(), [SENT; 3]);
}

#[test]
fn a_conversation_may_be_known_late() {
    #[step_span("step.execution", task = task, step = step, late(correlation_id), link = message(7))]
    fn execute(task: &Task, step: &Step) {
        span_record!(correlation_id = task.correlation_id);
    }

    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step());
    let span = capture.spans().one();
    assert_eq!(
        span.uuid("messaging.message.conversation_id"),
        Some(task.correlation_id)
    );
    assert_eq!(messaging(&span), PROCESSED);
}

#[test]
fn a_field_of_the_user_is_not_written_twice() {
    #[step_span(
        "result.submission",
        fields(messaging.system = "rabbitmq", messaging.message.conversation_id = "own")
    )]
    fn publish(task: &Task, step: &Step) {
        send("7");
    }

    let capture = Capture::strict();
    let task = Task::default();
    publish(&task, &task.step());
    let span = capture.spans().one();
    assert_eq!(span.text("messaging.system"), Some("rabbitmq"));
    assert_eq!(span.text("messaging.message.conversation_id"), Some("own"));
    assert_eq!(span.text("messaging.operation.type"), Some("send"));
    capture.spans().assert_valid();
}

#[test]
fn empty_names_are_left_out_and_long_ones_are_cut() {
    let capture = Capture::strict();
    record_sent_message("pgmq", "queue", "outside of every span");
    let task = Task::default();
    submit_step(&task, &task.step(), || record_sent_message("rabbitmq", "", ""));
    assert_eq!(
        messaging(&capture.spans().one()),
        ["system=rabbitmq", "operation.type=send", "operation.name=send"]
    );
    let long = "q".repeat(100_000);
    produce(&task, || record_sent_message("pgmq", &long, &long));
    let span = capture.spans().named("step.enqueuing").one();
    assert_eq!(span.text("messaging.destination.name").map(str::len), Some(256));
    assert_eq!(span.text("messaging.message.id").map(str::len), Some(256));
    drop(capture);
    record_sent_message("pgmq", "queue", "without a subscriber");
}
