//! `kind = …`: the kind of a custom span.

use opentelemetry_sdk::trace::Sampler;
use tasker_span_tests::composed;
use tasker_span_tests::prelude::*;
use tracing::Span;

#[task_span("event.publish", within = "task.orchestration", kind = producer)]
fn publish(task: &Task, work: impl FnOnce()) {
    work();
}

#[step_span("event.subscriber", within = "step.execution", kind = "consumer", inherit)]
async fn subscribe(work: impl FnOnce()) {
    work();
}

#[step_span("payment.request", within = "step.execution", kind = SpanKind::Client, inherit)]
fn request(work: impl FnOnce()) {
    work();
}

/// Each span's name and kind.
fn kinds(spans: &Spans) -> Vec<(String, SpanKind)> {
    spans.iter().map(|span| (span.name().to_owned(), span.kind())).collect()
}

/// Each custom span, with the same work in it.
fn run(work: fn()) {
    let task = Task::default();
    publish(&task, work);
    execute(&task, &task.step(), || {
        finish(subscribe(work));
        request(work);
        step_scope!("gateway.call", within = "handler.execution", kind = server, inherit).in_scope(work);
    });
    task_scope!(
        "task.report",
        within = "task.orchestration",
        kind = Internal,
        task = task
    )
    .in_scope(work);
    task_scope!("task.export", within = "task.orchestration", kind = client, task = task)
        .detach()
        .end();
}

const KINDS: [(&str, SpanKind); 7] = [
    ("event.publish", SpanKind::Producer),
    ("step.execution", SpanKind::Consumer),
    ("event.subscriber", SpanKind::Consumer),
    ("payment.request", SpanKind::Client),
    ("gateway.call", SpanKind::Server),
    ("task.report", SpanKind::Internal),
    ("task.export", SpanKind::Client),
];

fn expected() -> Vec<(String, SpanKind)> {
    KINDS.map(|(name, kind)| (name.to_owned(), kind)).to_vec()
}

#[test]
fn each_macro_takes_a_kind() {
    let capture = Capture::start();
    run(|| ());
    assert_eq!(kinds(&capture.spans()), expected());
}

#[test]
fn a_promoted_span_keeps_its_kind() {
    let capture = Capture::start();
    run(|| drop(Span::current()));
    assert_eq!(kinds(&capture.spans()), expected());
}

#[test]
fn the_kind_is_that_of_a_span_of_the_sdk_too() {
    let store = SpanStore::new();
    let provider = composed::provider(Sampler::AlwaysOn, &store);
    tracing::subscriber::with_default(composed::subscriber(&provider, false), || run(|| ()));
    assert_eq!(kinds(&store.spans()), expected());
}

#[test]
fn an_unsampled_span_that_fails_has_its_kind() {
    #[step_span("payment.request", within = "step.execution", kind = client, inherit)]
    fn request() -> Result<(), &'static str> {
        Err("the gateway is away")
    }

    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || request().unwrap_err());
    assert_eq!(capture.spans().named("payment.request").one().kind(), SpanKind::Client);
}

#[test]
fn a_producer_of_ones_own_tells_what_is_sent_inside_it() {
    let send = || tasker_span_runtime::record_sent_message("pgmq", "events", "7");
    let producers = |capture: &Capture| {
        let spans = capture.spans();
        let senders = spans
            .iter()
            .filter(|span| span.attribute("messaging.message.id").is_some());
        senders.map(|span| span.name().to_owned()).collect::<Vec<_>>()
    };
    let capture = Capture::strict();
    let task = Task::default();
    let route = || task_scope!("event.route", within = "task.orchestration", task = task);
    publish(&task, || route().in_scope(send));
    assert_eq!(producers(&capture), ["event.publish"]);

    capture.clear();
    // A subscriber sends on its own account, also where it is called at once.
    let receive = || {
        task_scope!(
            "event.received",
            within = "task.orchestration",
            kind = consumer,
            task = task
        )
    };
    publish(&task, || receive().in_scope(|| route().in_scope(send)));
    assert_eq!(producers(&capture), ["event.route"]);
}
