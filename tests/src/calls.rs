//! Annotated functions of the catalogue's spans, with a closure as their body. A test about the shape of a function has
//! its own.

use tasker_span_runtime::{step_span, task_span};

use crate::fixture::{Step, Task};

/// A driver, which holds the root open.
#[task_span("task.orchestration")]
pub fn orchestrate<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

/// A transition between any two states.
#[task_span("task.state_transition", from = from, to = to)]
pub fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

/// The transition in which steps are discovered.
pub fn initialize<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    transition(task, "initializing", "enqueuing_steps", work)
}

/// The transition in which steps are enqueued.
pub fn enqueue<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    transition(task, "enqueuing_steps", "steps_in_process", work)
}

/// The first transition.
pub fn begin(task: &Task) {
    transition(task, "pending", "initializing", || ());
}

/// The last transition, which emits the root.
pub fn complete(task: &Task) {
    transition(task, "evaluating_results", "complete", || ());
}

/// A part of [`initialize`].
#[task_span("step.discovery")]
pub fn discover(task: &Task) {}

/// A part of [`enqueue`], and the producer of its messages.
#[task_span("step.enqueuing")]
pub fn send_steps<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

/// An attempt at a step.
#[step_span("step.execution")]
pub fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

/// An attempt at a step that is awaited.
#[step_span("step.execution")]
pub async fn execute_async<F: Future>(task: &Task, step: &Step, work: F) -> F::Output {
    work.await
}

/// A handler that inherits its attributes.
#[step_span("handler.execution", inherit)]
pub fn handle<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// A handler that is told its step.
#[step_span("handler.execution")]
pub fn handle_step<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

/// A handler that may fail.
///
/// # Errors
///
/// What `work` returns.
#[step_span("handler.execution", inherit)]
pub fn try_handle<E: std::fmt::Display>(work: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    work()
}

/// A handler that fails, and a caller that ignores it.
pub fn fail() {
    let _ = try_handle(|| Err("declined"));
}

/// A submission that inherits its attributes.
#[step_span("result.submission", inherit)]
pub fn submit<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// A submission that is told its step.
#[step_span("result.submission")]
pub fn submit_step<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}
