//! A driver that holds a task's root open is its root, however many other tasks the process has met since.

use tasker_span_runtime::task_span;
use tasker_span_runtime::testing::Capture;
use tasker_span_tests::fixture::Task;

#[task_span("task.orchestration")]
fn drive(task: &Task, work: impl FnOnce()) {
    work();
}

#[task_span("task.state_transition", from = "evaluating_results", to = "complete")]
fn complete(task: &Task) {}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) {}

#[test]
fn a_task_that_was_forgotten_has_one_root() {
    let capture = Capture::start();
    let task = Task::default();
    drive(&task, || {
        // More than the memory of identities holds.
        (0..40_000).for_each(|_| audit(&Task::default()));
        complete(&task);
    });
    assert_eq!(
        capture
            .spans()
            .of_task(task.task_uuid)
            .named("task.orchestration")
            .len(),
        1
    );
}
