//! Moves steps from state to state, on the orchestrator and on the workers.

use tasker_span_runtime::step_span;

use super::{StepEvent, Task, TaskerResult, Transaction, WorkflowStep, WorkflowStepState};

/// Moves the step to the state that follows `event`, in the transaction and in the caller's copy.
pub(super) async fn apply<T: Transaction>(
    transaction: &mut T,
    task: &Task,
    step: &mut WorkflowStep,
    event: StepEvent,
) -> TaskerResult<()> {
    let to = step.state.on(event)?;
    transition(transaction, task, step, to).await
}

/// Stands under the attempt that it belongs to wherever it runs, thus asks the step and the task for all that it carries.
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
