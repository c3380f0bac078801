//! Code that the 2024 edition refuses or reads differently: a function of 2021 keeps its meaning.

use tasker_span_tests::prelude::*;

fn one_span<R>(work: impl FnOnce(&Task) -> R) -> R {
    let capture = Capture::strict();
    let result = work(&Task::default());
    assert_eq!(capture.spans().len(), 1);
    result
}

#[task_span("task.orchestration", fields(gen, r#try = gen + 1))]
fn gen(task: &Task, gen: i32) -> i32 {
    task.priority + gen
}

#[test]
fn gen_is_no_keyword() {
    assert_eq!(one_span(|task| gen(task, 4)), 7);
}

#[task_span("task.orchestration")]
unsafe fn value(task: &Task, at: *const i32) -> i32 {
    task.priority + *at
}

#[task_span("task.orchestration")]
unsafe fn nothing(task: &Task, at: *mut i32) {
    *at += task.priority;
}

#[task_span("task.orchestration", fields(before = unsafe { *at }))]
unsafe extern "C" fn with_blocks(task: &Task, at: *mut i32) {
    unsafe { *at += task.priority }
}

#[task_span("task.orchestration")]
async unsafe fn later(task: &Task, at: *const i32) -> i32 {
    task.priority + *at
}

#[test]
fn the_body_of_an_unsafe_function_is_unsafe() {
    let mut number = 4;
    // Each pointer is to a local variable that outlives the call.
    assert_eq!(one_span(|task| unsafe { value(task, &raw const number) }), 7);
    assert_eq!(one_span(|task| finish(unsafe { later(task, &raw const number) })), 7);
    one_span(|task| unsafe { nothing(task, &raw mut number) });
    one_span(|task| unsafe { with_blocks(task, &raw mut number) });
    assert_eq!(number, 10);
}

/// A temporary of a block's last expression lives to the end of the enclosing statement.
#[task_span("task.orchestration")]
fn longer(task: &Task) -> usize {
    let length = { &format!("{}!", task.namespace_name) }.len();
    length + 1
}

#[task_span("task.orchestration")]
async fn longer_in_a_future(task: &Task) -> usize {
    let length = { &format!("{}!", task.namespace_name) }.len();
    length + 1
}

#[test]
fn temporaries_live_as_long_as_in_2021() {
    assert_eq!(one_span(longer), 10);
    assert_eq!(one_span(|task| finish(longer_in_a_future(task))), 10);
}

/// `impl Trait` captures no lifetime that it does not name.
#[task_span("task.orchestration")]
fn captures_nothing(task: &Task) -> impl Iterator<Item = i32> {
    0..task.priority
}

#[test]
fn opaque_types_capture_what_they_name() {
    let capture = Capture::start();
    let numbers = captures_nothing(&Task::default());
    assert_eq!(numbers.sum::<i32>(), 3);
    assert_eq!(capture.spans().len(), 1);
}
