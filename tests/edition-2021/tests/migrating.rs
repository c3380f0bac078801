//! The lints that prepare a crate for the 2024 edition report nothing in expansions. They are for whole crates.

#![forbid(rust_2024_compatibility)]

use std::pin::Pin;

use tasker_span_tests::prelude::*;

#[task_span("task.orchestration", task = std::slice::from_ref(task)[0], fields(task.priority), ret)]
fn result(task: &Task) -> Result<i32, String> {
    Ok(task.priority)
}

#[task_span("task.orchestration")]
fn unit(task: &Task) {
    assert!(task.priority > 0);
}

#[task_span("task.orchestration")]
async fn later(task: Task) -> i32 {
    task.priority
}

#[allow(clippy::needless_pass_by_value, reason = "the future holds what it needs of it")]
#[task_span("task.orchestration")]
fn boxed(task: Task) -> Pin<Box<dyn Future<Output = i32>>> {
    Box::pin(async move { task.priority })
}

#[test]
fn they_run_all_the_same() {
    let task = Task::default();
    assert_eq!(result(&task), Ok(3));
    unit(&task);
    assert_eq!(finish(later(task.clone())), 3);
    assert_eq!(finish(boxed(task)), 3);
}
