//! No lint fires in an expansion, and no expansion has an `#[allow]`: under `forbid` it would be an error. The
//! lints of clippy are checked where clippy runs.

pub mod documented;
mod forbidding;
mod forbidding_warnings;
mod other_attributes;

use tasker_span_runtime::{HasPriority, HasTaskUuid};
use tasker_span_tests::prelude::*;

#[expect(
    dead_code,
    reason = "an annotated function that is never called is reported like any other"
)]
#[task_span("task.orchestration")]
fn never_called(task: &Task) {
    drop(task.namespace_name.clone());
}

#[expect(
    dead_code,
    reason = "an annotated function that is never called is reported like any other"
)]
#[task_span("task.orchestration")]
async fn never_called_later(task: &Task) -> i32 {
    task.priority
}

#[expect(
    unused_variables,
    reason = "a parameter that neither body nor macro uses is reported"
)]
#[task_span("task.orchestration", fields(used))]
fn unused_parameter(task: &Task, unused: u8, used: u8) -> u8 {
    7
}

#[expect(unused_mut, reason = "reported as without a span")]
#[task_span("task.orchestration")]
async fn unused_mutability(task: &Task, mut count: u8) -> u8 {
    count
}

#[task_span("task.orchestration")]
#[must_use = "it is a number"]
fn must_be_used(task: &Task) -> i32 {
    task.priority
}

#[expect(unused_must_use, reason = "the attribute stays with the function")]
fn forgets(task: &Task) {
    must_be_used(task);
}

#[expect(unused_must_use, reason = "so does what a future is")]
fn forgets_to_await(task: &Task) {
    unused_mutability(task, 1);
}

#[test]
fn they_run_all_the_same() {
    let task = Task::default();
    let mut log = Vec::new();
    forbidding::unit(&task, &mut log);
    assert_eq!(log, [3]);
    assert_eq!(forbidding::transition(&task, Some("pending"), "4"), Ok(4));
    assert_eq!(forbidding::initialize(&mut task.clone()).priority, 7);
    assert_eq!(format!("{:?}", forbidding::opaque(&task)), r#""payments""#);
    assert_eq!(format!("{:?}", forbidding::object(&mut task.clone())), r#""payments""#);
    assert!(forbidding::opaque_subject(&task));
    forbidding::candidate(&task.step().workflow_step_uuid);
    assert!(forbidding::retry(&task, &task.step()));
    assert_eq!(finish(forbidding::evaluate(task.clone())), 3);
    assert!(finish(forbidding::execute(
        (task.clone(), task.step()),
        &mut Vec::new()
    )));
    finish(forbidding::discover(task.task_uuid));
    drop(forbidding::forever());
    let _: fn() -> ! = forbidding::never;
    let derived = forbidding::subjects::Task::<Option<Uuid>>::default();
    assert_eq!((derived.task_uuid(), derived.priority()), (None, Some(0)));
    #[expect(deprecated, reason = "this use is the user's own")]
    let old = forbidding::subjects::OldTask::default();
    assert_eq!(old.task_uuid(), Some(Uuid::nil()));
    assert_eq!(unused_parameter(&task, 1, 2), 7);
    forgets(&task);
    forgets_to_await(&task);
}
