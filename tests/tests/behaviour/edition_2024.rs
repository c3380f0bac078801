//! Code that only the 2024 edition allows: the body of an annotated function keeps its edition.

use std::cell::RefCell;
use std::pin::Pin;

use tasker_span_tests::prelude::*;

/// A temporary of the last expression ends before the local variable that it borrows.
#[task_span("task.orchestration")]
fn borrows_a_local(task: &Task) -> usize {
    let cell = RefCell::new(task.namespace_name.clone());
    cell.borrow().len()
}

#[task_span("task.orchestration")]
async fn borrows_a_local_later(task: &Task) -> usize {
    let cell = RefCell::new(task.namespace_name.clone());
    cell.borrow().len()
}

#[task_span("task.orchestration")]
fn borrows_a_local_in_a_future(task: Task) -> Pin<Box<dyn Future<Output = usize>>> {
    Box::pin(async move {
        let cell = RefCell::new(task.namespace_name);
        cell.borrow().len()
    })
}

#[task_span("task.orchestration")]
fn borrows_a_local_for_nothing(task: &Task) {
    let cell = RefCell::new(task.namespace_name.clone());
    cell.borrow_mut().clear()
}

/// `impl Trait` captures every lifetime in scope.
#[task_span("task.orchestration")]
fn captures(task: &Task) -> impl Iterator<Item = char> {
    task.namespace_name.chars()
}

#[test]
fn they_run_all_the_same() {
    let task = Task::default();
    assert_eq!(borrows_a_local(&task), 8);
    assert_eq!(finish(borrows_a_local_later(&task)), 8);
    assert_eq!(finish(borrows_a_local_in_a_future(task.clone())), 8);
    borrows_a_local_for_nothing(&task);
    assert_eq!(captures(&task).count(), 8);
}
