//! The functions that a workload calls: annotated, in every shape.

use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tasker_span_runtime::{span_record, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

use crate::plan::Call;

#[derive(Debug)]
pub(crate) struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

pub(crate) type Outcome = Result<(), Failed>;

pub(crate) type Work = Pin<Box<dyn Future<Output = Outcome>>>;

/// Polls the future to its end, and drops it if it never comes there.
pub(crate) fn finish<R>(work: impl Future<Output = R>) -> Option<R> {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    (0..1000).find_map(|_| match work.as_mut().poll(&mut context) {
        Poll::Ready(ready) => Some(ready),
        Poll::Pending => None,
    })
}

/// A call of the function in one of its two shapes, which does `work` inside.
pub(crate) fn call(
    call: &Call,
    is_async: bool,
    (task, step): (Rc<Task>, Rc<Step>),
    work: impl Future<Output = Outcome> + 'static,
) -> Work {
    if !is_async {
        let call = call.clone();
        let work = || finish(work).unwrap_or(Ok(()));
        return Box::pin(async move {
            match call {
                Call::Execution => execute(&task, &step, work),
                Call::Handler => handle(work),
                Call::LateHandler => handle_late(work),
                Call::Validation => validate(work),
                Call::Submission => submit(work),
                _ => instrumented(work),
            }
        });
    }
    match call {
        Call::Execution => Box::pin(async move { execute_async(&task, &step, work).await }),
        Call::Handler => Box::pin(handle_async(work)),
        Call::LateHandler => Box::pin(handle_late_async(work)),
        Call::Validation => Box::pin(validate_async(work)),
        Call::Submission => Box::pin(submit_async(work)),
        _ => Box::pin(instrumented_async(work)),
    }
}

#[task_span("task.orchestration")]
pub(crate) async fn drive(task: &Task, work: impl Future<Output = ()>) {
    work.await;
}

#[task_span("task.state_transition", from = from, to = to)]
pub(crate) fn transition(task: &Task, from: &str, to: &str) {}

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("step.execution")]
async fn execute_async(task: &Task, step: &Step, work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span("handler.execution", inherit)]
fn handle(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("handler.execution", inherit)]
async fn handle_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span(
    "handler.execution",
    inherit(task_uuid, step_uuid, correlation_id, namespace),
    late(handler_name)
)]
fn handle_late(work: impl FnOnce() -> Outcome) -> Outcome {
    span_record!(handler_name = "late");
    work()
}

#[step_span(
    "handler.execution",
    inherit(task_uuid, step_uuid, correlation_id, namespace),
    late(handler_name = |()| "late"),
)]
async fn handle_late_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span("handler.execution")]
pub(crate) fn handle_told(task: &Task, step: &Step, work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("handler.validation", within = "handler.execution", inherit)]
fn validate(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("handler.validation", within = "handler.execution", inherit)]
async fn validate_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[step_span("result.submission", inherit)]
fn submit(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[step_span("result.submission", inherit)]
async fn submit_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}

#[tracing::instrument(skip_all)]
fn instrumented(work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[tracing::instrument(skip_all)]
async fn instrumented_async(work: impl Future<Output = Outcome>) -> Outcome {
    work.await
}
