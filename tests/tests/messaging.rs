//! The attributes of spans that send and process messages.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{Link, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use tasker_span_runtime::testing::SpanKind;
use tasker_span_runtime::testing::{Capture, CapturedSpan};
use tasker_span_runtime::{
    AsLink, Links, TraceContext, otel::SpanLayer, record_sent_message, span_record, step_span, task_scope, task_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tracing_subscriber::layer::SubscriberExt;

/// A message of a queue.
struct Message {
    system: &'static str,
    queue: &'static str,
    id: u32,
}

impl AsLink for Message {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&TraceContext::EMPTY);
        links.message(self.system, self.queue, &self.id.to_string());
    }
}

fn message(id: u32) -> Message {
    Message {
        system: "pgmq",
        queue: "payments_queue",
        id,
    }
}

#[task_span("task.state_transition", from = "enqueuing_steps", to = "steps_in_process")]
fn enqueue<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    enqueue_steps(task, work)
}

#[task_span("step.enqueuing")]
fn enqueue_steps<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution", link = link)]
fn execute<R>(task: &Task, step: &Step, link: impl AsLink, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution", step = step, inherit)]
fn handle<R>(step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("result.submission")]
fn submit<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

fn send(id: &str) {
    record_sent_message("pgmq", "payments_queue", id);
}

/// The span's attributes of the conventions without their common prefix, and the conversation's id only where it is wrong.
fn messaging(span: &CapturedSpan) -> Vec<String> {
    let correlation_id = span.text("correlation_id").map(str::to_owned);
    let attributes = span.attributes().iter().filter_map(|(key, value)| {
        let key = key.strip_prefix("messaging.")?;
        Some((key, value.to_string()))
    });
    let mut attributes = attributes.collect::<Vec<_>>();
    if !attributes.is_empty() {
        let conversation = attributes.iter().position(|(key, _)| *key == "message.conversation_id");
        let (_, conversation) = attributes.remove(conversation.expect("there is a conversation"));
        assert_eq!(Some(conversation), correlation_id);
    }
    attributes.iter().map(|(key, value)| format!("{key}={value}")).collect()
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
fn a_span_that_processes_a_message_is_its_consumer() {
    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step(), message(7), || ());
    let span = capture.spans().one();
    assert_eq!(span.kind(), SpanKind::Consumer);
    assert_eq!(messaging(&span), PROCESSED);
    capture.spans().assert_valid();
}

#[test]
fn a_span_that_processes_several_messages_tells_what_they_have_in_common() {
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
    execute(&task, &task.step(), [message(1), message(2)], || ());
    execute(&task, &task.step(), [message(1), message(2), other_queue], || ());
    execute(&task, &task.step(), [message(1), other_system], || ());
    let spans = capture.spans();
    let attributes = spans.iter().map(|span| messaging(span).join(" ")).collect::<Vec<_>>();
    let operation = "operation.type=process operation.name=process";
    assert_eq!(
        attributes,
        [
            format!("system=pgmq {operation} destination.name=payments_queue batch.message_count=2"),
            format!("system=pgmq {operation} batch.message_count=3"),
            format!("{operation} destination.name=payments_queue batch.message_count=2"),
        ]
    );
}

#[test]
fn a_batch_of_one_is_one_message() {
    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step(), vec![message(7)], || ());
    assert_eq!(messaging(&capture.spans().one()), PROCESSED);
}

#[test]
fn a_span_without_messages_says_nothing_of_them() {
    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step(), Vec::<Message>::new(), || ());
    enqueue(&task, || ());
    for span in &capture.spans() {
        assert!(messaging(span).is_empty(), "{}", span.name());
    }
}

#[test]
fn a_producer_tells_what_it_sent() {
    let capture = Capture::strict();
    let task = Task::default();
    enqueue(&task, || send("7"));
    submit(&task, &task.step(), || {
        send("1");
        send("2");
    });
    let spans = capture.spans();
    let enqueuing = spans.named("step.enqueuing").one();
    assert_eq!(enqueuing.kind(), SpanKind::Producer);
    assert_eq!(messaging(&enqueuing), SENT);
    let submission = messaging(&spans.named("result.submission").one());
    assert_eq!(
        submission[3..],
        ["destination.name=payments_queue", "batch.message_count=2"]
    );
    spans.assert_valid();
}

#[test]
fn the_nearest_producer_stands_for_what_is_sent_inside_it() {
    let capture = Capture::strict();
    let task = Task::default();
    enqueue(&task, || {
        tracing::info_span!("plain").in_scope(|| send("1"));
        let own = task_scope!("task.publishing", within = "step.enqueuing", task = task);
        own.in_scope(|| send("2"));
    });
    let spans = capture.spans();
    assert!(messaging(&spans.named("task.publishing").one()).is_empty());
    let enqueuing = messaging(&spans.named("step.enqueuing").one());
    assert_eq!(enqueuing.last().map(String::as_str), Some("batch.message_count=2"));
}

#[test]
fn a_producer_of_another_task_does_not_stand_for_it() {
    let capture = Capture::strict();
    let (parent, child) = (Task::default(), Task::default());
    enqueue(&parent, || {
        let created = task_scope!("task.creation", within = "task.orchestration", task = child);
        created.in_scope(|| send("7"));
    });
    let spans = capture.spans();
    assert!(messaging(&spans.named("step.enqueuing").one()).is_empty());
    assert_eq!(messaging(&spans.named("task.creation").one()), SENT);
}

#[test]
fn a_producer_does_not_stand_for_what_is_sent_beyond_another_task() {
    let capture = Capture::strict();
    let (parent, child) = (Task::default(), Task::default());
    enqueue(&parent, || {
        let created = task_scope!("task.creation", within = "task.orchestration", task = child);
        let informing = || task_scope!("task.informing", within = "task.orchestration", task = parent);
        created.in_scope(|| informing().in_scope(|| send("7")));
    });
    let spans = capture.spans();
    assert!(messaging(&spans.named("step.enqueuing").one()).is_empty());
    assert_eq!(messaging(&spans.named("task.informing").one()), SENT);
}

#[test]
fn a_producer_does_not_stand_for_what_is_sent_by_a_step_executed_inside_it() {
    // An engine that executes a step where it stands. The place is a violation, which is not what this is about.
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    enqueue(&task, || execute(&task, &step, None::<Message>, || send("7")));
    let spans = capture.spans();
    assert!(messaging(&spans.named("step.enqueuing").one()).is_empty());
    assert_eq!(messaging(&spans.named("step.execution").one()), SENT);
}

#[test]
fn without_a_producer_the_nearest_span_stands_for_it() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, message(1), || handle(&step, || send("7")));
    let handler = capture.spans().named("handler.execution").one();
    assert_eq!(messaging(&handler), SENT);
}

#[test]
fn a_consumer_stays_one_whatever_it_sends() {
    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step(), message(7), || send("8"));
    let span = capture.spans().one();
    assert_eq!(messaging(&span), PROCESSED);
    capture.spans().assert_valid();
}

#[test]
fn what_was_sent_is_told_however_the_span_ends() {
    #[step_span("result.submission")]
    fn fail(task: &Task, step: &Step) -> Result<(), String> {
        send("7");
        Err("the queue is full".to_owned())
    }

    #[step_span("result.submission")]
    fn panics(task: &Task, step: &Step) {
        send("7");
        panic!("as the test wants it");
    }

    #[step_span("result.submission")]
    async fn waits(task: &Task, step: &Step) {
        send("7");
        std::future::pending().await
    }

    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    fail(&task, &step).unwrap_err();
    std::panic::catch_unwind(|| panics(&task, &step)).unwrap_err();
    let mut cancelled = Box::pin(waits(&task, &step));
    let waker = std::task::Waker::noop();
    let polled = cancelled.as_mut().poll(&mut std::task::Context::from_waker(waker));
    assert!(polled.is_pending());
    drop(cancelled);
    assert_eq!(capture.spans().len(), 3);
    for span in &capture.spans() {
        assert_eq!(messaging(span), SENT);
    }
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
fn a_field_of_the_user_s_own_is_not_written_twice() {
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
fn a_message_without_an_id_has_none() {
    let capture = Capture::strict();
    let task = Task::default();
    submit(&task, &task.step(), || record_sent_message("rabbitmq", "", ""));
    let span = capture.spans().one();
    assert_eq!(
        messaging(&span),
        ["system=rabbitmq", "operation.type=send", "operation.name=send"]
    );
}

#[test]
fn long_names_are_cut_and_nothing_happens_outside_of_spans() {
    record_sent_message("pgmq", "queue", "7");
    let capture = Capture::strict();
    record_sent_message("pgmq", "queue", "7");
    let long = "q".repeat(100_000);
    enqueue(&Task::default(), || record_sent_message("pgmq", &long, &long));
    let span = capture.spans().named("step.enqueuing").one();
    assert_eq!(span.text("messaging.destination.name").map(str::len), Some(256));
    assert_eq!(span.text("messaging.message.id").map(str::len), Some(256));
}

/// Keeps what the sampler of a span was shown.
#[derive(Clone, Debug, Default)]
struct Shown(Arc<Mutex<Vec<String>>>);

impl ShouldSample for Shown {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &opentelemetry::trace::SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let keys = attributes.iter().map(|attribute| attribute.key.as_str().to_owned());
        let links = links.iter().map(|link| link.span_context.span_id().to_string());
        self.0.lock().unwrap().extend(keys.chain(links));
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: opentelemetry::trace::TraceState::NONE,
        }
    }
}

#[test]
fn a_sampler_sees_a_consumer_s_attributes_and_links() {
    struct Delivery(TraceContext);
    impl AsLink for Delivery {
        fn add_to(&self, links: &mut Links) {
            links.trace_context(&self.0);
            links.message("pgmq", "payments_queue", "7");
        }
    }

    let shown = Shown::default();
    let provider = SdkTracerProvider::builder().with_sampler(shown.clone()).build();
    let tracer = provider.tracer("test");
    let subscriber = tracing_subscriber::registry()
        .with(SpanLayer::new(tracer.clone()))
        .with(tracing_opentelemetry::layer().with_tracer(tracer));
    let task = Task::default();
    let traceparent = "00-000000000000000000000000000000aa-00000000000000bb-01";
    let delivery = Delivery(TraceContext::from_headers(Some(traceparent), None));
    tracing::subscriber::with_default(subscriber, || execute(&task, &task.step(), delivery, || ()));
    let shown = shown.0.lock().unwrap();
    for expected in [
        "messaging.system",
        "messaging.destination.name",
        "messaging.message.id",
        "00000000000000bb",
    ] {
        assert!(shown.iter().any(|shown| shown == expected), "{expected}: {shown:?}");
    }
}
