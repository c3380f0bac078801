//! The namespace: how it is sent, and what a span is without one.

use tasker_span_runtime::UnknownNamespace;

use super::*;

#[test]
fn any_namespace_is_sent_if_it_is_short_enough() {
    for namespace in [
        "team a/payments, 100%",
        "zahlungen-für;alle=",
        "名前空間",
        &"n".repeat(184),
    ] {
        let task = Task::of(namespace);
        let sent = received(&sent_by_worker(&task));
        let capture = Capture::strict();
        process_message(task.task_uuid, &sent, || ());
        assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
    }
}

#[test]
fn a_namespace_that_has_no_room_is_left_out() {
    for namespace in [&*"n".repeat(185), &"ü".repeat(60), "line\nbreak"] {
        let task = Task::of(namespace);
        let sent = received(&sent_by_worker(&task));
        let capture = Capture::start();
        process_message(task.task_uuid, &sent, || ());
        assert_eq!(
            known(&capture.spans(), "task.result"),
            (Some(task.correlation_id), None)
        );
    }
}

#[test]
fn an_unknown_namespace_is_a_violation() {
    let capture = Capture::start();
    let task = Task::default();
    let before = stats();
    process_message(
        task.task_uuid,
        &received(&message(&task, &without_namespace(&task))),
        || (),
    );
    let violation = "task.result has no namespace: no argument, enclosing span or identity cache supplies it";
    assert_eq!(capture.spans().one().text("tasker.violation"), Some(violation));
    assert!(stats().since(&before).missing_attributes >= 1);
    assert!(!capture.spans().check().is_empty());
}

fn without_namespace(task: &Task) -> String {
    let member = member(task);
    member.split_once(";n:").unwrap().0.to_owned()
}

#[test]
fn an_unknown_namespace_may_be_absent() {
    let builder = Capture::builder().strict().unknown_namespace(UnknownNamespace::Absent);
    let capture = builder.start();
    let task = Task::default();
    process_message(task.task_uuid, &message(&task, &without_namespace(&task)), || ());
    let span = capture.spans().one();
    assert_eq!(
        known(&capture.spans(), "task.result"),
        (Some(task.correlation_id), None)
    );
    assert_eq!(span.text("tasker.violation"), None);
    capture.spans().assert_valid();
}

#[test]
fn only_the_namespace_may_be_absent() {
    #[task_span("task.late", within = "task.orchestration", task_uuid = id, correlation_id = id, late(namespace))]
    fn late(id: Uuid) {}

    let capture = Capture::builder().unknown_namespace(UnknownNamespace::Absent).start();
    process_result(Uuid::now_v7(), || ());
    let violation = "task.result has no correlation_id: no argument, enclosing span or identity cache supplies it";
    assert_eq!(capture.spans().one().text("tasker.violation"), Some(violation));
    assert_eq!(capture.spans().check().len(), 2, "{:?}", capture.spans().check());

    capture.clear();
    late(Uuid::now_v7());
    let span = capture.spans().one();
    assert_eq!(
        span.text("tasker.violation"),
        Some("task.late ended without its late namespace")
    );
}

#[test]
fn a_layer_of_ones_own_has_the_setting() {
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::Sampler as SdkSampler;
    use tasker_span_runtime::otel::SpanLayer;
    use tasker_span_tests::composed;
    use tracing_subscriber::layer::SubscriberExt;

    let store = SpanStore::default();
    let tracer = composed::provider(SdkSampler::AlwaysOn, &store).tracer("test");
    let opentelemetry = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    let layer = SpanLayer::new(tracer)
        .strict()
        .unknown_namespace(UnknownNamespace::Absent);
    let registry = tracing_subscriber::registry().with(opentelemetry).with(layer);
    let task = Task::default();
    tracing::subscriber::with_default(registry, || {
        message(&task, &without_namespace(&task)).insert_identity();
        process_result(task.task_uuid, || ());
    });
    assert_eq!(known(&store.spans(), "task.result"), (Some(task.correlation_id), None));
}
