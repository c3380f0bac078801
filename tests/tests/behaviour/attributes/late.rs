//! Attributes that are recorded after the span began: `late(…)`.

use tasker_span_tests::prelude::*;

#[test]
fn late_attributes_come_by_span_record_by_record_and_from_the_result() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    async fn by_span_record(id: Uuid, task: Task) {
        std::future::ready(()).await;
        span_record!(subject = task);
    }
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn by_name(id: Uuid, task: &Task) {
        span_record!(correlation_id = task.correlation_id, namespace = &task.namespace_name);
    }
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn by_record(id: Uuid, task: &Task) {
        tracing::Span::current().record("correlation_id", tracing::field::display(task.correlation_id));
        tracing::Span::current().record("namespace", &task.namespace_name);
    }
    #[task_span(
        "task.finalization",
        within = "task.orchestration",
        task_uuid = id,
        late(correlation_id = |task| task.correlation_id, namespace = |task| &task.namespace_name),
    )]
    async fn by_result(id: Uuid, task: Task) -> Result<Task, String> {
        Ok(task)
    }

    let ways: [fn(&Task); 4] = [
        |task| finish(by_span_record(task.task_uuid, task.clone())),
        |task| by_name(task.task_uuid, task),
        |task| by_record(task.task_uuid, task),
        |task| drop(finish(by_result(task.task_uuid, task.clone())).unwrap()),
    ];
    for (index, way) in ways.iter().enumerate() {
        let capture = Capture::strict();
        let task = Task::default();
        way(&task);
        let span = capture.spans().one();
        assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id), "way {index}");
        assert_eq!(span.text("namespace"), Some("payments"), "way {index}");
        capture.spans().assert_valid();
    }
}

#[test]
fn a_late_attribute_is_inherited_by_what_comes_after_it() {
    #[task_span(
        "task.state_transition",
        task_uuid = id,
        from = "initializing",
        to = "enqueuing_steps",
        late(correlation_id, namespace),
    )]
    fn load(id: Uuid, task: &Task) {
        span_record!(subject = task);
        task_scope!("step.discovery", inherit).in_scope(|| ());
    }

    let capture = Capture::strict();
    let task = Task::default();
    load(task.task_uuid, &task);
    let discovery = capture.spans().named("step.discovery").one();
    assert_eq!(discovery.uuid("correlation_id"), Some(task.correlation_id));
}

#[test]
fn a_late_attribute_that_is_never_recorded_or_empty_is_a_violation_of_a_success() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn forget(id: Uuid, result: Result<(), &'static str>) -> Result<(), &'static str> {
        span_record!(namespace = "");
        result
    }

    let capture = Capture::start();
    forget(Uuid::now_v7(), Ok(())).unwrap();
    let span = capture.spans().one();
    assert_eq!(span.attribute("namespace"), None);
    let violation = span.text("tasker.violation").unwrap();
    for missing in ["late correlation_id", "late namespace"] {
        assert!(violation.contains(missing), "{violation}");
    }
    capture.clear();
    forget(Uuid::now_v7(), Err("not found")).unwrap_err();
    assert_eq!(capture.spans().one().text("tasker.violation"), None);
}

#[test]
fn a_name_alone_records_the_variable_of_that_name() {
    #[task_span("task.state_transition", task_uuid = id, from = "pending", late(correlation_id, namespace, to))]
    fn load(id: Uuid, task: &Task) {
        let (correlation_id, to) = (task.correlation_id, Some("complete"));
        // The value wins over the subject.
        span_record!(subject = task, correlation_id, to, namespace = "elsewhere",);
    }

    let capture = Capture::strict();
    let task = Task::default();
    load(task.task_uuid, &task);
    let span = capture.spans().named("task.state_transition").one();
    assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(span.text("namespace"), Some("elsewhere"));
    assert_eq!(span.text("to_state"), Some("complete"));
}

#[test]
fn a_subject_of_any_name_is_read_for_what_is_late() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn load(id: Uuid, subject: &(Option<Box<Task>>, u8)) {
        span_record!(subject = subject.0);
    }
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn by_its_name(id: Uuid, subject: &Task) {
        span_record!(subject);
    }

    let capture = Capture::strict();
    let task = Task::default();
    load(task.task_uuid, &(Some(Box::new(task.clone())), 7));
    by_its_name(task.task_uuid, &task);
    assert_eq!(capture.spans().with("correlation_id", task.correlation_id).len(), 2);
    capture.spans().assert_valid();
}

#[task_span(
    "task.archival",
    within = "task.orchestration",
    inherit(correlation_id, task_uuid, namespace),
    late(correlation_id, task_uuid, namespace)
)]
fn archive(load: impl FnOnce() -> Option<Task>) -> Result<(), &'static str> {
    let task = load().ok_or("not found")?;
    span_record!(subject = task);
    Ok(())
}

#[test]
fn an_attribute_that_is_inherited_or_late_is_inherited_if_it_is_known() {
    let capture = Capture::strict();
    let task = Task::default();
    task_scope!("task.orchestration", task = task).in_scope(|| {
        // An equal value later is fine, and so is no value.
        archive(|| Some(task.clone())).unwrap();
        archive(|| None).unwrap_err();
    });
    let spans = capture.spans();
    let archival = spans.named("task.archival");
    assert_eq!(archival.with("correlation_id", task.correlation_id).len(), 2);
    assert_eq!(archival.with("namespace", "payments").len(), 2);
    assert_eq!(archival.with("task_uuid", task.task_uuid).len(), 2);
    spans.assert_valid();
}

#[test]
fn an_attribute_that_is_inherited_or_late_is_not_missing_if_it_was_inherited() {
    #[task_span("task.archival", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace), late(correlation_id, namespace))]
    fn forgets(id: Uuid) {}

    let capture = Capture::strict();
    let task = Task::default();
    task_scope!("task.orchestration", task = task).in_scope(|| forgets(task.task_uuid));
    // From the identity cache too.
    forgets(task.task_uuid);
    assert_eq!(
        capture
            .spans()
            .named("task.archival")
            .with("namespace", "payments")
            .len(),
        2
    );
    capture.spans().assert_valid();
}

#[test]
fn an_attribute_that_is_inherited_or_late_comes_late_if_it_is_unknown() {
    #[task_span(
        "task.archival",
        within = "task.orchestration",
        task_uuid = id,
        inherit(correlation_id, namespace),
        late(correlation_id, namespace = |task| &task.namespace_name),
    )]
    fn load(id: Uuid, task: Task) -> Result<Task, String> {
        span_record!(correlation_id = task.correlation_id);
        Ok(task)
    }

    let capture = Capture::strict();
    let (first, second) = (Task::default(), Task::of("inventory"));
    load(first.task_uuid, first.clone()).unwrap();
    archive(|| Some(second.clone())).unwrap();
    let spans = capture.spans();
    assert_eq!(
        spans
            .with("correlation_id", first.correlation_id)
            .one()
            .text("namespace"),
        Some("payments")
    );
    assert_eq!(
        spans
            .with("correlation_id", second.correlation_id)
            .one()
            .text("namespace"),
        Some("inventory")
    );
}

#[test]
fn an_attribute_that_is_inherited_or_late_and_neither_is_a_violation() {
    #[task_span("task.archival", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace), late(correlation_id, namespace))]
    fn forgets(id: Uuid) {}

    let capture = Capture::start();
    forgets(Uuid::now_v7());
    let span = capture.spans().one();
    let violation = span.text("tasker.violation").unwrap();
    assert!(violation.contains("late correlation_id"), "{violation}");
}
