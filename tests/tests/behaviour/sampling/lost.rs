//! Errors in unsampled work that has lost its enclosing span, and the parents they are exported with.

use tasker_span_tests::prelude::*;

#[step_span("handler.execution")]
fn handle_told(task: &Task, step: &Step, result: Result<(), &'static str>) -> Result<(), &'static str> {
    result
}

/// Handles the step on a thread of its own, without the enclosing spans.
fn lost(capture: &Capture, task: &Task, step: &Step, result: Result<(), &'static str>) {
    let work = || capture.run(|| handle_told(task, step, result));
    let _ = std::thread::scope(|threads| threads.spawn(work).join()).unwrap();
}

#[step_span("handler.execution", step_uuid = step_uuid, inherit)]
fn handle_by_id(step_uuid: Uuid, result: Result<(), &'static str>) -> Result<(), &'static str> {
    result
}

#[test]
fn its_parent_is_the_execution_or_else_the_root() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    execute(&task, &first, || lost(&capture, &task, &first, Err("lost")));
    execute(&task, &second, || ());
    lost(&capture, &task, &second, Err("late"));
    lost(&capture, &task, &second, Ok(()));
    complete(&task);
    assert_eq!(
        capture.spans().to_tree_text(),
        "\
task.orchestration order_fulfillment
  step.execution charge_payment attempt=1
    handler.execution ERROR &str
  handler.execution charge_payment attempt=1 ERROR &str
  task.state_transition evaluating_results → complete
"
    );
    capture.assert_complete();
}

#[test]
fn an_error_that_knows_only_its_step_finds_its_task() {
    let capture = no_steps();
    let (task, step) = (Task::default(), Task::default().step());
    begin(&task);
    execute(&task, &step, || ());
    handle_by_id(step.workflow_step_uuid, Err("late")).unwrap_err();
    let handler = capture.spans().named("handler.execution").one();
    assert_eq!(
        (handler.trace_id(), handler.parent_span_id()),
        (task.trace_id(), Some(task.root_id()))
    );
    assert_eq!(handler.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(handler.text("namespace"), Some("payments"));
}

#[test]
fn a_span_that_knows_no_attempt_follows_the_latest() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || ());
    handle_by_id(step.workflow_step_uuid, Ok(())).unwrap();
    assert!(capture.spans().is_empty());
    capture.set_sampling(&Sampling::new());
    execute(&task, &step.attempt(2), || ());
    handle_by_id(step.workflow_step_uuid, Ok(())).unwrap();
    assert_eq!(capture.spans().names(), ["step.execution", "handler.execution"]);
}

#[test]
fn an_unsampled_driver_is_exported_for_it() {
    let capture = no_tasks();
    let task = Task::default();
    orchestrate(&task, || {
        lost(&capture, &task, &task.step(), Err("lost"));
        complete(&task);
    });
    assert_eq!(capture.spans().names(), ["task.orchestration", "handler.execution"]);
    capture.assert_complete();
}

#[test]
fn a_driver_that_only_logged_leaves_the_root_to_the_next() {
    let capture = no_tasks();
    let task = Task::default();
    // A line that is logged there reads the ids as well.
    let logged = orchestrate(&task, TraceContext::current);
    assert_eq!(logged.span_id(), Some(task.root_id()));
    orchestrate(&task, || {
        execute(&task, &task.step(), fail);
        complete(&task);
    });
    assert_eq!(
        capture.spans().named("task.orchestration").one().span_id(),
        task.root_id()
    );
    capture.assert_complete();
}

#[test]
fn an_execution_that_only_logged_leaves_its_id_to_the_next_delivery() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || drop(TraceContext::current()));
    execute(&task, &step, fail);
    assert_eq!(
        capture.spans().named("step.execution").one().span_id(),
        step.execution_id()
    );
}
