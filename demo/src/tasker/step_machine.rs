//! Transitions of steps, by orchestrators and workers.

use tasker_span_runtime::step_span;

use super::{StepEvent, Task, TaskerResult, Transaction, WorkflowStep, WorkflowStepState};

/// Moves the step by `event`, in the transaction and in the caller's copy.
pub(super) async fn apply<T: Transaction>(
    transaction: &mut T,
    task: &Task,
    step: &mut WorkflowStep,
    event: StepEvent,
) -> TaskerResult<()> {
    let to = step.state.on(event)?;
    transition(transaction, task, step, to).await
}

/// Takes its attributes from task and step: its parent is not always the execution, so `inherit`
/// would not do.
#[step_span("step.state_transition", from = step.state, to = to)]
async fn transition<T: Transaction>(
    transaction: &mut T,
    task: &Task,
    step: &mut WorkflowStep,
    to: WorkflowStepState,
) -> TaskerResult<()> {
    transaction
        .transition_step(step.workflow_step_uuid, step.state, to)
        .await?;
    step.state = to;
    Ok(())
}
