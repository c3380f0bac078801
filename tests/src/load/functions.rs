//! The functions of one task of [`Tasks`](super::Tasks).

use tasker_span_runtime::{step_span, task_span};

use crate::fixture::{Step, Task};

/// The whole task; `wait` is awaited in its innermost span, and its output is returned.
#[task_span("task.orchestration", failed = |passed| !passed)]
pub(super) async fn drive(task: &Task, step: &Step, wait: impl Future<Output = bool>) -> bool {
    enqueue(task).await;
    let passed = execute(task, step, wait).await;
    complete(task);
    passed
}

#[task_span("task.state_transition", from = "initializing", to = "enqueuing_steps")]
async fn enqueue(task: &Task) {
    discover().await;
}

#[task_span("step.discovery", inherit)]
async fn discover() {
    tokio::task::yield_now().await;
}

#[step_span("step.execution")]
async fn execute(task: &Task, step: &Step, wait: impl Future<Output = bool>) -> bool {
    let passed = handle(wait).await;
    submit();
    passed
}

#[step_span("handler.execution", inherit)]
async fn handle(wait: impl Future<Output = bool>) -> bool {
    authorize(wait).await
}

#[step_span("payment.authorization", within = "handler.execution", inherit)]
async fn authorize(wait: impl Future<Output = bool>) -> bool {
    wait.await
}

#[step_span("result.submission", inherit)]
fn submit() {}

#[task_span("task.state_transition", from = "evaluating_results", to = "complete")]
fn complete(task: &Task) {}
