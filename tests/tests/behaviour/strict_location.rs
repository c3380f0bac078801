//! A violation in strict mode names the function, the file and the line of its span.

use std::time::SystemTime;

use tasker_span_tests::prelude::*;

#[task_span("task.audit", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
fn audit(id: Uuid) {}

#[task_span("task.orchestration", late(task_uuid, correlation_id, namespace))]
fn create() {}

#[task_span("task.rollback", within = "task.state_transition")]
fn roll_back(task: &Task) {}

fn lose() {
    let task = Task::default();
    let step = task.step().attempt(1);
    record_lost_attempt(&Attempt { step, task }, SystemTime::UNIX_EPOCH);
}

fn record_row() {
    record_transition(&Task::default(), "pending", "initializing", SystemTime::UNIX_EPOCH);
}

#[derive(SpanFields)]
struct Attempt {
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    step: Step,
    #[span(nested(correlation_id, namespace))]
    task: Task,
}

fn message(work: impl FnOnce()) -> String {
    let _capture = Capture::strict();
    let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[test]
fn a_violation_names_the_place_of_its_span() {
    const FILE: &str = "tests/tests/behaviour/strict_location.rs:";
    let here = |function: &str| format!("in `behaviour::strict_location::{function}`, {FILE}");
    let cases: [(fn(), String); 5] = [
        // At the start, at the end, at the end of a span without a task, and of those that no function ran.
        (|| roll_back(&Task::default()), here("roll_back")),
        (|| audit(Uuid::from_u128(7)), here("audit")),
        (create, here("create")),
        (lose, format!("(step.execution at {FILE}19:")),
        (record_row, format!("(task.state_transition at {FILE}23:")),
    ];
    for (work, place) in cases {
        let message = message(work);
        assert!(message.contains(&place), "{message}");
    }
}
