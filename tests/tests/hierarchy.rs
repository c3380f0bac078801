//! Spans that stand where the catalogue does not allow them are recorded, marked and counted; strict mode stops the test.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{stats, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[task_span("task.state_transition", from = from, to = to)]
fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("step.discovery")]
fn discover(task: &Task) {}

#[task_span("step.enqueuing")]
fn enqueue(task: &Task) {}

#[task_span("result.evaluation")]
fn evaluate<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("task.rollback", within = "task.state_transition")]
fn roll_back<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.state_transition", from = "pending", to = "enqueued")]
fn transition_step(task: &Task, step: &Step) {}

#[step_span("handler.execution")]
fn handle(task: &Task, step: &Step) {}

fn violation(work: impl FnOnce(&Task)) -> Option<String> {
    let capture = Capture::start();
    work(&Task::default());
    let spans = capture.spans();
    spans
        .iter()
        .find_map(|span| span.text("tasker.violation").map(str::to_owned))
}

#[test]
fn the_catalogue_s_places_are_allowed() {
    assert_eq!(
        violation(|task| transition(task, "initializing", "enqueuing_steps", || discover(task))),
        None
    );
    assert_eq!(
        violation(|task| transition(task, "EnqueuingSteps", "StepsInProcess", || enqueue(task))),
        None
    );
    let evaluation = |task: &Task| {
        transition(task, "steps_in_process", "evaluating_results", || {
            evaluate(task, || transition_step(task, &task.step()));
        });
    };
    assert_eq!(violation(evaluation), None);
    let worker = |task: &Task| {
        let step = task.step();
        execute(task, &step, || {
            transition_step(task, &step);
            handle(task, &step);
        });
    };
    assert_eq!(violation(worker), None);
}

#[test]
fn a_custom_span_has_the_place_of_the_one_it_is_within() {
    let inside = |task: &Task| {
        transition(task, "initializing", "enqueuing_steps", || {
            roll_back(task, || discover(task));
        });
    };
    assert_eq!(violation(inside), None);
    assert_eq!(
        violation(|task| roll_back(task, || ())).as_deref(),
        Some("task.rollback stands alone, but belongs under task.state_transition")
    );
}

#[test]
fn any_other_place_is_a_violation_that_is_recorded_and_counted() {
    let before = stats().hierarchy_violations;
    assert_eq!(
        violation(|task| execute(task, &task.step(), || discover(task))).as_deref(),
        Some(
            "step.discovery stands under step.execution, but belongs under task.state_transition (initializing → \
             enqueuing_steps)"
        )
    );
    assert_eq!(
        violation(|task| transition(task, "pending", "initializing", || discover(task))).as_deref(),
        Some(
            "step.discovery stands under task.state_transition (pending → initializing), but belongs under \
             task.state_transition (initializing → enqueuing_steps)"
        )
    );
    assert!(violation(handle_under_transition).is_some());
    assert!(stats().hierarchy_violations >= before + 3);
}

fn handle_under_transition(task: &Task) {
    transition(task, "pending", "initializing", || handle(task, &task.step()));
}

#[test]
fn strict_mode_panics_with_the_path() {
    let capture = Capture::strict();
    let task = Task::default();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        transition(&task, "pending", "initializing", || {
            tracing::info_span!("plain").in_scope(|| discover(&task));
        });
    }))
    .unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("step.discovery stands under task.state_transition"),
        "{message}"
    );
    assert!(message.contains("inside task.state_transition → plain"), "{message}");
    assert_eq!(
        capture.spans().named("step.discovery").len(),
        1,
        "recorded all the same"
    );
}
