//! Annotated functions like those of an orchestrator and a worker, without work.

use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tasker_span_runtime::{SpanFields, step_span, task_span};
use uuid::Uuid;

use super::Failure;

#[derive(SpanFields)]
pub(super) struct Task {
    #[span(task_uuid)]
    pub(super) id: Uuid,
    pub(super) correlation_id: Uuid,
    pub(super) namespace: &'static str,
}

#[derive(SpanFields)]
pub(super) struct Step {
    #[span(step_uuid)]
    pub(super) id: Uuid,
    handler_name: &'static str,
    attempt_number: u32,
}

impl Step {
    pub(super) fn new(id: Uuid) -> Self {
        Self {
            id,
            handler_name: "charge_payment",
            attempt_number: 1,
        }
    }
}

/// The orchestrator's transition that sends the steps.
pub(super) fn enqueue<'a>(task: &Task, steps: impl Iterator<Item = &'a Step>) {
    transition(task, "enqueuing_steps", "steps_in_process", || send(task, steps));
}

/// The orchestrator's last transition.
pub(super) fn complete(task: &Task) {
    transition(task, "evaluating_results", "complete", || ());
}

/// A worker's execution of the step. Panics are caught.
pub(super) fn execute(task: &Task, step: &Step, failure: Option<Failure>) {
    let mut context = Context::from_waker(Waker::noop());
    let _ = panic::catch_unwind(AssertUnwindSafe(|| {
        // Polled once: a pending future is cancelled, as by a timeout.
        let _: Poll<_> = pin!(step_execution(task, step, failure)).poll(&mut context);
    }));
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition(task: &Task, from: &str, to: &str, work: impl FnOnce()) {
    work();
}

#[task_span("step.enqueuing")]
fn send<'a>(task: &Task, steps: impl Iterator<Item = &'a Step>) {
    for step in steps {
        step_transition(task, step, "pending", "enqueued");
    }
}

#[step_span("step.state_transition", from = from, to = to)]
fn step_transition(task: &Task, step: &Step, from: &str, to: &str) {}

#[step_span("step.execution")]
async fn step_execution(task: &Task, step: &Step, failure: Option<Failure>) -> Result<(), &'static str> {
    step_transition(task, step, "enqueued", "in_progress");
    let handled = handle(failure).await;
    submit(handled.is_ok());
    match failure {
        Some(Failure::Ignored) => Ok(()),
        _ => handled,
    }
}

#[step_span("handler.execution", inherit)]
async fn handle(failure: Option<Failure>) -> Result<(), &'static str> {
    match failure {
        None => Ok(()),
        Some(Failure::Returned | Failure::Ignored) => Err("card declined"),
        // Unlike `panic!`, it prints nothing.
        Some(Failure::Panicked) => panic::resume_unwind(Box::new("out of range")),
        Some(Failure::Cancelled) => std::future::pending().await,
    }
}

#[step_span("result.submission", inherit)]
fn submit(_is_success: bool) {}
