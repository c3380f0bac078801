//! What a worker reports about an attempt.

use std::time::Duration;

use tasker_span_runtime::step_span;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, StepResultMessage};
use super::{
    Delivery, StepEvent, StepExecutionResult, StepFailure, TaskSequenceStep, TaskerResult, Transaction,
    WorkflowStepState, step_machine,
};

/// Keeps the attempt's result, hands the step back, tells the orchestrators and archives the step's message: all of it, or
/// nothing where a later attempt was claimed meanwhile.
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

/// Reports the last attempt that the step had, whose worker died, as failed for good.
pub(super) async fn give_up<T: Transaction>(
    mut transaction: T,
    delivery: &Delivery<StepMessage>,
    mut step: TaskSequenceStep,
) -> TaskerResult<()> {
    // The worker may have died before it got as far.
    if step.workflow_step.state != WorkflowStepState::InProgress {
        step_machine::apply(&mut transaction, &step.task, &mut step.workflow_step, StepEvent::Start).await?;
    }
    let failure = StepFailure::permanent("worker_lost", "the worker of the last attempt died");
    report(transaction, delivery, step, &Err(failure).into()).await
}

/// Commits: a submission whose span ended in success has happened.
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
