//! Parents that the catalogue does not allow: the span is recorded, marked and counted, and strict mode panics.

use tasker_span_tests::prelude::*;

#[task_span("result.evaluation")]
fn evaluate<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("task.rollback", within = "task.state_transition")]
fn roll_back(task: &Task, work: impl FnOnce()) {
    work();
}

#[step_span("step.state_transition", from = "pending", to = "enqueued")]
fn transition_step(task: &Task, step: &Step) {}

fn violation(work: impl FnOnce(&Task)) -> Option<String> {
    let capture = Capture::start();
    work(&Task::default());
    let spans = capture.spans();
    let mut violations = spans.iter().rev().filter_map(|span| span.text("tasker.violation"));
    violations.next().map(str::to_owned)
}

#[test]
fn the_parents_of_the_catalogue_are_allowed() {
    let works: [fn(&Task); 5] = [
        |task| initialize(task, || discover(task)),
        |task| transition(task, "EnqueuingSteps", "StepsInProcess", || send_steps(task, || ())),
        |task| {
            transition(task, "steps_in_process", "evaluating_results", || {
                evaluate(task, || transition_step(task, &task.step()));
            });
        },
        |task| {
            let step = task.step();
            execute(task, &step, || {
                transition_step(task, &step);
                handle_step(task, &step, || ());
            });
        },
        // A custom span is in the position of the span that it is within.
        |task| initialize(task, || roll_back(task, || discover(task))),
    ];
    assert_eq!(works.map(violation), [const { None }; 5]);
}

#[test]
fn any_other_parent_is_a_violation_that_is_recorded_and_counted() {
    let before = stats();
    let cases: [(fn(&Task), _); 4] = [
        (
            |task| roll_back(task, || ()),
            "task.rollback has no parent; the catalogue allows task.state_transition",
        ),
        (
            // Between them are other spans.
            |task| transition(task, "pending", "initializing", || orchestrate(task, || discover(task))),
            "step.discovery is inside task.state_transition (pending → initializing); the catalogue allows \
             task.state_transition (initializing → enqueuing_steps) or task.state_transition (evaluating_results → \
             enqueuing_steps) or task.state_transition (waiting_for_retry → enqueuing_steps)",
        ),
        (
            |task| transition(task, "pending", "initializing", || discover(task)),
            "step.discovery is a child of task.state_transition (pending → initializing); the catalogue allows \
             task.state_transition (initializing → enqueuing_steps) or task.state_transition (evaluating_results → \
             enqueuing_steps) or task.state_transition (waiting_for_retry → enqueuing_steps)",
        ),
        (
            |task| initialize(task, || handle_step(task, &task.step(), || ())),
            "handler.execution is a child of task.state_transition (initializing → enqueuing_steps); the catalogue allows step.execution",
        ),
    ];
    for (work, expected) in cases {
        assert_eq!(violation(work).as_deref(), Some(expected));
    }
    assert!(stats().since(&before).hierarchy_violations >= 4);
}

#[test]
fn strict_mode_panics_with_the_path() {
    let capture = Capture::strict();
    let task = Task::default();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        transition(&task, "pending", "initializing", || {
            tracing::info_span!("plain").in_scope(|| discover(&task));
        });
    }));
    let message = *panic.unwrap_err().downcast::<String>().unwrap();
    for part in [
        "step.discovery is a child of task.state_transition",
        "inside task.state_transition → plain",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(
        capture.spans().named("step.discovery").len(),
        1,
        "recorded all the same"
    );
}
