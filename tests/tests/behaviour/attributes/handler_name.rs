//! The handler of a step, which spans of the step carry wherever it is known.

use tasker_span_tests::prelude::*;

#[step_span("result.submission", step_uuid = step, inherit)]
fn submit(step: Uuid) {}

#[step_span("result.submission", step_uuid = step, handler_name = "own", inherit)]
fn submit_of(step: Uuid) {}

#[step_span("handler.execution", step_uuid = step, handler_name = handler, inherit)]
fn handle_as(step: Uuid, handler: Option<&str>) {}

fn handlers(capture: &Capture, name: &str) -> Vec<Option<String>> {
    let spans = capture.spans().named(name);
    let names = spans.iter().map(|span| span.text("handler_name").map(str::to_owned));
    names.collect()
}

#[test]
fn spans_inside_an_execution_inherit_it() {
    let capture = Capture::strict();
    let task = Task::default();
    let (step, other) = (task.step(), task.step());
    execute(&task, &step, || {
        submit(step.workflow_step_uuid);
        submit_of(step.workflow_step_uuid);
        submit(other.workflow_step_uuid);
    });
    let expected = [Some("charge_payment"), Some("own"), None];
    let expected = expected.map(|name| name.map(str::to_owned));
    assert_eq!(handlers(&capture, "result.submission"), expected);
    capture.spans().assert_valid();
}

#[test]
fn a_step_that_was_seen_tells_it() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || ());
    submit(step.workflow_step_uuid);
    assert_eq!(
        handlers(&capture, "result.submission"),
        [Some("charge_payment".to_owned())]
    );
    capture.spans().assert_valid();
}

#[test]
fn where_it_is_required_its_absence_is_a_violation() {
    let capture = Capture::start();
    let task = Task::default();
    let (step, other) = (task.step(), task.step());
    let before = stats();
    execute(&task, &step, || handle_as(other.workflow_step_uuid, None));
    assert_eq!(handlers(&capture, "handler.execution"), [None]);
    assert!(stats().since(&before).missing_attributes >= 1);
}
