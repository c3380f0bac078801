//! The functions that a workload calls: annotated, in every shape.

use std::pin::Pin;
use std::rc::Rc;

use tasker_span_tests::prelude::*;

use super::plan::Call;

#[derive(Debug)]
pub(super) struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

pub(super) type Outcome = Result<(), Failed>;

pub(super) type Work = Pin<Box<dyn Future<Output = Outcome>>>;

/// A call of the function in one of its two shapes, with `work` as its body.
pub(super) fn call(
    call: &Call,
    is_async: bool,
    (task, step): (Rc<Task>, Rc<Step>),
    work: impl Future<Output = Outcome> + 'static,
) -> Work {
    if !is_async {
        let call = call.clone();
        let work = || try_finish(work).unwrap_or(Ok(()));
        return Box::pin(async move {
            match call {
                Call::Execution => execute(work, &task, &step),
                Call::Handler => handle(work),
                Call::LateHandler => handle_late(work),
                Call::Validation => validate(work),
                Call::Submission => submit(work),
                _ => instrumented(work),
            }
        });
    }
    match call {
        Call::Execution => Box::pin(async move { execute_async(work, &task, &step).await }),
        Call::Handler => Box::pin(handle_async(work)),
        Call::LateHandler => Box::pin(handle_late_async(work)),
        Call::Validation => Box::pin(validate_async(work)),
        Call::Submission => Box::pin(submit_async(work)),
        _ => Box::pin(instrumented_async(work)),
    }
}

macro_rules! both_shapes {
    ($(#[$span:meta] $name:ident, $name_async:ident($($parameter:ident: $ty:ty),*);)*) => {$(
        #[$span]
        fn $name(work: impl FnOnce() -> Outcome $(, $parameter: $ty)*) -> Outcome {
            work()
        }

        #[$span]
        async fn $name_async(work: impl Future<Output = Outcome> $(, $parameter: $ty)*) -> Outcome {
            work.await
        }
    )*};
}

both_shapes! {
    #[step_span("step.execution")]
    execute, execute_async(task: &Task, step: &Step);
    #[step_span("handler.execution", inherit)]
    handle, handle_async();
    #[step_span("handler.validation", within = "handler.execution", inherit)]
    validate, validate_async();
    #[step_span("result.submission", inherit)]
    submit, submit_async();
    #[tracing::instrument(skip_all)]
    instrumented, instrumented_async();
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
pub(super) fn handle_told(task: &Task, step: &Step, work: impl FnOnce() -> Outcome) -> Outcome {
    work()
}

#[task_span("task.orchestration")]
pub(super) async fn drive(task: &Task, work: impl Future<Output = ()>) {
    work.await;
}
