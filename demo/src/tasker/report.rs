//! The report of an attempt, by its worker.

use std::time::Duration;

use tasker_span_runtime::step_span;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, StepResultMessage};
use super::{
    Delivery, StepEvent, StepExecutionResult, StepFailure, TaskSequenceStep, TaskerResult, Transaction,
    WorkflowStepState, step_machine,
};

/// Saves the result, moves the step, informs the orchestrators, archives the step's message and
/// commits. Fails if a later attempt was claimed meanwhile.
pub(super) async fn report<T: Transaction>(
    mut transaction: T,
    delivery: &Delivery<StepMessage>,
    mut step: TaskSequenceStep,
    result: &StepExecutionResult,
) -> TaskerResult<()> {
    let TaskSequenceStep {
        task, workflow_step, ..
    } = &mut step;
    let attempt = workflow_step.attempt.unwrap_or_default();
    transaction
        .save_result(workflow_step.workflow_step_uuid, attempt, result)
        .await?;
    step_machine::apply(
        &mut transaction,
        task,
        workflow_step,
        StepEvent::EnqueueForOrchestration,
    )
    .await?;
    submit_result(transaction, delivery, &step).await
}

/// Reports the failure of a step whose last attempt was lost.
pub(super) async fn give_up<T: Transaction>(
    mut transaction: T,
    delivery: &Delivery<StepMessage>,
    mut step: TaskSequenceStep,
) -> TaskerResult<()> {
    // The lost worker may have made this transition.
    if step.workflow_step.state != WorkflowStepState::InProgress {
        step_machine::apply(&mut transaction, &step.task, &mut step.workflow_step, StepEvent::Start).await?;
    }
    let failure = StepFailure::permanent("worker_lost", "the worker of the last attempt was lost");
    report(transaction, delivery, step, &Err(failure).into()).await
}

/// Commits inside the span: a failed commit fails the span.
#[step_span("result.submission")]
async fn submit_result<T: Transaction>(
    mut transaction: T,
    delivery: &Delivery<StepMessage>,
    step: &TaskSequenceStep,
) -> TaskerResult<()> {
    let message = StepResultMessage {
        task_uuid: step.task.task_uuid,
        step_uuid: step.workflow_step.workflow_step_uuid,
        correlation_id: step.task.correlation_id,
    };
    transaction
        .send(
            ORCHESTRATION_QUEUE,
            &OrchestrationMessage::StepResult(message),
            Duration::ZERO,
        )
        .await?;
    transaction.archive(&delivery.queue, delivery.message_id).await?;
    transaction.commit().await
}
