//! Robustness: the program's own code goes wrong in the middle of a span, or is used in unusual
//! ways. Collectors that fail, and what concerns a whole process, are tested in `process`.

mod bounds;
mod conversions;
mod destructors;
mod futures;
mod identity;
mod layers;
mod limits;
mod processors;
mod subscribers;
mod thread_exit;
mod values;

use std::fmt;

use tasker_span_tests::prelude::*;

/// Runs the test twice: with every span sampled, and with every span unsampled.
fn sampled_and_unsampled(test: impl Fn(&Capture, bool)) {
    test(&Capture::start(), true);
    test(&no_tasks(), false);
}

/// What the panic of `work` said.
fn panic_of<R>(work: impl FnOnce() -> R) -> &'static str {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(work()))).expect_err("it panics");
    panic.downcast::<&str>().map_or("a text of its own", |text| *text)
}

/// Says a part, and panics.
#[derive(PartialEq)]
struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card decl")?;
        panic!("display")
    }
}

impl fmt::Debug for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card { decl")?;
        panic!("debug")
    }
}

#[task_span("task.orchestration", task_uuid = task.task_uuid, correlation_id = task.correlation_id, late(namespace))]
fn drive(task: &Task, work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    span_record!(namespace = "payments");
    audit(task, work)
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task, work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    work()
}

#[task_span("task.audit", within = "task.orchestration")]
fn returns_nothing(task: &Task) {}

#[task_span("task.audit", within = "task.orchestration")]
async fn for_ever(task: &Task) {
    std::future::pending::<()>().await;
}

/// How many spans [`assert_unimpressed`] opens, with the root that is emitted.
const SPANS: usize = 11;
/// How many of them are of something that failed, panicked or was cancelled.
const FAILED: usize = 6;

/// A program that succeeds, fails, panics, is cancelled and has a root emitted, with these spans.
fn assert_unimpressed() {
    let task = Task::default();
    assert_eq!(drive(&task, || Ok(7)), Ok(7));
    assert_eq!(drive(&task, || Err("declined".to_owned())), Err("declined".to_owned()));
    assert_eq!(panic_of(|| drive(&task, || panic!("the body"))), "the body");
    returns_nothing(&task);
    drop(task_scope!("task.audit", within = "task.orchestration", task = task).enter());
    cancel(for_ever(&task));
    assert_eq!(transition(&Task::default(), "evaluating_results", "error", || 7), 7);
}

/// As [`assert_unimpressed`], although code that is shown its spans panics.
fn assert_unimpressed_by_panics() {
    let before = stats().panics_caught;
    assert_unimpressed();
    assert!(stats().panics_caught > before, "what is lost is counted");
}
