//! Attributes that are not known when a span starts, and that the identity cache has when it ends.

use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

#[step_span("result.submission", step_uuid = step_uuid, inherit)]
fn submit_unknown(step_uuid: Uuid, work: impl FnOnce()) {
    work();
}

#[step_span("result.submission", step_uuid = step_uuid, inherit)]
fn try_submit_unknown(step_uuid: Uuid, work: impl FnOnce()) -> Result<(), &'static str> {
    work();
    Err("declined")
}

#[task_span("task.archival", within = "task.orchestration", task_uuid = task_uuid, inherit)]
fn archive_unknown(task_uuid: Uuid, work: impl FnOnce()) {
    work();
}

/// Alone: other tests would count missing attributes, too.
#[test]
fn what_inherit_finds_at_the_end_is_no_violation() {
    process::alone(|| {
        let capture = Capture::start();
        let (task, other) = (Task::default(), Task::default());
        let (step, before) = (task.step(), stats());
        submit_unknown(step.workflow_step_uuid, || execute(&task, &step, || ()));
        archive_unknown(other.task_uuid, || begin(&other));
        let spans = capture.spans();
        let submission = spans.named("result.submission").one();
        let archival = spans.named("task.archival").one();
        for (span, task) in [(&submission, &task), (&archival, &other)] {
            assert_eq!(span.text("tasker.violation"), None);
            assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid));
            assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
            assert_eq!(span.text("namespace"), Some("payments"));
        }
        assert_eq!(stats().since(&before).missing_attributes, 0);
    });
}

#[test]
fn what_inherit_finds_at_the_end_of_a_failed_unsampled_span_is_no_violation() {
    let capture = no_tasks();
    let task = Task::default();
    let step = task.step();
    try_submit_unknown(step.workflow_step_uuid, || execute(&task, &step, || ())).unwrap_err();
    let submission = capture.spans().named("result.submission").one();
    assert!(submission.is_error());
    assert_eq!(submission.text("tasker.violation"), None);
    assert_eq!(submission.text("namespace"), Some("payments"));
}

#[test]
fn what_is_never_known_is_a_violation() {
    let capture = Capture::start();
    submit_unknown(Uuid::now_v7(), || ());
    let violation = capture.spans().one();
    assert!(
        violation
            .text("tasker.violation")
            .is_some_and(|text| text.contains("has no namespace"))
    );
}

/// A span may know more than the one that encloses it.
#[test]
fn an_inner_span_tells_the_outer_one_what_it_is_told() {
    #[task_span("task.archival", within = "task.orchestration", task_uuid = task_uuid, late(correlation_id, namespace))]
    fn archive_late(task_uuid: Uuid, work: impl FnOnce()) {
        work();
    }

    #[task_span("task.backup", within = "task.orchestration")]
    fn back_up(task: &Task) {}

    let capture = Capture::start();
    let task = Task::default();
    archive_late(task.task_uuid, || back_up(&task));
    let archival = capture.spans().named("task.archival").one();
    assert_eq!(archival.text("namespace"), Some("payments"));
    assert_eq!(archival.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(archival.text("tasker.violation"), None);
}

#[task_span("task.creation", within = "task.orchestration", correlation_id = id, late(task_uuid, namespace))]
fn create<R>(id: Uuid, task: &Task, work: impl FnOnce() -> R) -> R {
    span_record!(task_uuid = task.task_uuid, namespace = "payments");
    work()
}

#[task_span("task.archival", within = "task.orchestration", inherit)]
fn archive(work: impl FnOnce()) {
    work();
}

#[test]
fn what_was_recorded_late_is_known_after_the_end_too() {
    let capture = Capture::start();
    let task = Task::default();
    let archives = || in_current_scope(|| archive(|| ()));
    create(task.correlation_id, &task, || archives()());
    let after = create(task.correlation_id, &task, archives);
    after();
    let spans = capture.spans();
    let archivals = spans.named("task.archival");
    assert_eq!(archivals.len(), 2);
    for archival in &archivals {
        assert_eq!(archival.uuid("task_uuid"), Some(task.task_uuid));
        assert!(!archival.text("tasker.violation").unwrap_or_default().contains("has no"));
        assert_eq!(archival.trace_id(), task.trace_id());
    }
}
