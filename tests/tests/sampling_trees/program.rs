//! The functions that a workload calls: annotated, in every shape.

use std::future::Future;

use tasker_span_runtime::{span_record, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[derive(Debug)]
pub struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

pub type Outcome = Result<(), Failed>;

#[task_span("task.orchestration")]
pub async fn drive(task: &Task, work: impl Future<Output = ()>) {
    work.await;
}

#[task_span("task.state_transition", from = from, to = to)]
pub fn transition(task: &Task, from: &str, to: &str) {}

#[step_span("step.execution")]
pub fn execute(task: &Task, step: &Step, work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("step.execution")]
pub async fn execute_async(task: &Task, step: &Step, work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span("handler.execution", inherit)]
pub fn handle(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("handler.execution", inherit)]
pub async fn handle_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span(
    "handler.execution",
    inherit(task_uuid, step_uuid, correlation_id, namespace),
    late(handler_name)
)]
pub fn handle_late(work: impl FnOnce() -> Outcome) -> Outcome {
    span_record!(handler_name = "late");
    work()
}

#[step_span(
    "handler.execution",
    inherit(task_uuid, step_uuid, correlation_id, namespace),
    late(handler_name = |()| "late"),
)]
pub async fn handle_late_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span("handler.execution")]
pub fn handle_told(task: &Task, step: &Step, work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("handler.validation", within = "handler.execution", inherit)]
pub fn validate(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("handler.validation", within = "handler.execution", inherit)]
pub async fn validate_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span("result.submission", inherit)]
pub fn submit(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("result.submission", inherit)]
pub async fn submit_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[tracing::instrument(skip_all)]
pub fn instrumented(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[tracing::instrument(skip_all)]
pub async fn instrumented_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}
