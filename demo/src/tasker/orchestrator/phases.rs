//! The work of the transitions.

use std::time::Duration;

use tasker_span_runtime::{span_record, task_span};
use uuid::Uuid;

use crate::tasker::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, worker_queue};
use crate::tasker::{
    StepEvent, Task, TaskContext, TaskerResult, Transaction, WorkflowStep, WorkflowStepState, step_machine,
};

/// The first steps.
#[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
pub(super) async fn discover_viable_steps<T: Transaction>(
    transaction: &mut T,
    task_uuid: Uuid,
) -> TaskerResult<Vec<WorkflowStep>> {
    Ok(transaction.task_context(task_uuid).await?.viable_steps())
}

/// Sends the steps to the namespace's workers, which get them at the commit of the transition.
#[task_span("step.enqueuing", fields(steps = steps.len()))]
pub(super) async fn enqueue_steps<T: Transaction>(
    transaction: &mut T,
    task: &Task,
    steps: Vec<WorkflowStep>,
) -> TaskerResult<()> {
    let mut messages = Vec::with_capacity(steps.len());
    for mut step in steps {
        step_machine::apply(transaction, task, &mut step, StepEvent::Enqueue).await?;
        messages.push(StepMessage {
            task_uuid: task.task_uuid,
            step_uuid: step.workflow_step_uuid,
            correlation_id: task.correlation_id,
        });
    }
    transaction
        .send_batch(&worker_queue(&task.namespace_name), &messages)
        .await
}

/// Evaluates the reported results.
#[task_span("result.evaluation", task_uuid = task.task_uuid, inherit(correlation_id, namespace))]
pub(super) async fn evaluate_results<T: Transaction>(
    transaction: &mut T,
    task: &Task,
    reported: impl Iterator<Item = &WorkflowStep>,
) -> TaskerResult<()> {
    for step in reported {
        let mut step = step.clone();
        let event = step.evaluate();
        step_machine::apply(transaction, task, &mut step, event).await?;
    }
    Ok(())
}

/// Sends a delayed message about the task to the orchestrators.
pub(super) async fn schedule_retry<T: Transaction>(
    transaction: &mut T,
    context: &TaskContext,
    delay: Duration,
) -> TaskerResult<()> {
    let message = OrchestrationMessage::RetryReady {
        task_uuid: context.task.task_uuid,
        attempts: context.attempts(),
    };
    transaction.send(ORCHESTRATION_QUEUE, &message, delay).await
}

/// Makes the failed steps ready again.
pub(super) async fn release_failed_steps<T: Transaction>(
    transaction: &mut T,
    context: &TaskContext,
) -> TaskerResult<()> {
    for step in context.in_state(WorkflowStepState::WaitingForRetry) {
        step_machine::apply(transaction, &context.task, &mut step.clone(), StepEvent::Retry).await?;
    }
    Ok(())
}

/// Cancels the remaining steps. It gets only the task's id: most attributes are late.
#[task_span(
    "task.finalization",
    within = "task.state_transition",
    task_uuid = task_uuid,
    late(correlation_id, namespace),
)]
pub(super) async fn finalize<T: Transaction>(transaction: &mut T, task_uuid: Uuid) -> TaskerResult<()> {
    let TaskContext { task, steps, .. } = transaction.task_context(task_uuid).await?;
    span_record!(subject = task);
    for mut step in steps.into_iter().filter(|step| !step.state.is_terminal()) {
        step_machine::apply(transaction, &task, &mut step, StepEvent::Cancel).await?;
    }
    Ok(())
}

/// Informs the parent task.
pub(super) async fn inform_parent<T: Transaction>(transaction: &mut T, task: &Task) -> TaskerResult<()> {
    let Some(parent_correlation_id) = task.parent_correlation_id else {
        return Ok(());
    };
    let message = OrchestrationMessage::ChildFinished { parent_correlation_id };
    transaction.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await
}
