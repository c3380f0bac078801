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
