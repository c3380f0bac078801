//! `Worker`: claims the steps of one namespace, calls their handlers and reports the results.

use std::convert::Infallible;
use std::sync::Arc;

use tasker_span_runtime::{Failure, LostAttempt, Outcome, step_span};

use super::message::{StepMessage, worker_queue};
use super::report::{give_up, report};
use super::unhandled::not_handled;
use super::{
    Delivery, HandlerRegistry, Queue, StepEvent, StepExecutionResult, Store, TaskSequenceStep, TaskerResult,
    Transaction, WorkflowStepState, step_machine,
};

/// A worker of one namespace. It executes one step at a time.
#[derive(Debug)]
pub struct Worker<S, Q> {
    namespace: String,
    store: Arc<S>,
    queue: Arc<Q>,
    handlers: Arc<HandlerRegistry>,
}

impl<S: Store, Q: Queue> Worker<S, Q> {
    /// A worker of `namespace`.
    pub fn new(namespace: impl Into<String>, store: Arc<S>, queue: Arc<Q>, handlers: Arc<HandlerRegistry>) -> Self {
        Self {
            namespace: namespace.into(),
            store,
            queue,
            handlers,
        }
    }

    /// Executes steps until the queue is closed or fails. After an error the step's message stays
    /// in the queue, unless the step does not exist.
    pub async fn run(self) -> TaskerResult<()> {
        let queue = worker_queue(&self.namespace);
        while let Some(delivery) = self.queue.read::<StepMessage>(&queue).await? {
            if let Err(error) = self.process(&delivery).await {
                not_handled(&*self.queue, &delivery, &error).await;
            }
        }
        Ok(())
    }

    async fn process(&self, delivery: &Delivery<StepMessage>) -> TaskerResult<()> {
        let message = &delivery.message;
        let mut transaction = self.store.begin().await?;
        transaction.lock_task(message.task_uuid).await?;
        let claim = transaction
            .claim_step(message.step_uuid, delivery.is_redelivered())
            .await?;
        let Some(claim) = claim else {
            return dismiss(transaction, delivery).await;
        };
        let is_used_up = claim.is_used_up();
        if is_used_up {
            give_up(transaction, delivery, claim.step.clone()).await?;
        } else {
            transaction.commit().await?;
        }
        if let Some(lost) = claim.lost {
            let claimed_by = lost.claimed_by.unwrap_or_default();
            LostAttempt::since(lost.claimed_at)
                .worker(claimed_by)
                .record(&lost.step);
        }
        if !is_used_up {
            self.execute_step(delivery, claim.step).await?;
        }
        Ok(())
    }

    #[step_span("step.execution", link = delivery, failed = attempt_failure)]
    async fn execute_step(
        &self,
        delivery: &Delivery<StepMessage>,
        mut step: TaskSequenceStep,
    ) -> TaskerResult<StepExecutionResult> {
        // A lost attempt may have made this transition.
        if step.workflow_step.state != WorkflowStepState::InProgress {
            let mut transaction = self.store.begin().await?;
            transaction.lock_task(step.task.task_uuid).await?;
            step_machine::apply(&mut transaction, &step.task, &mut step.workflow_step, StepEvent::Start).await?;
            transaction.commit().await?;
        }
        let result = tokio::select! {
            result = self.run_handler(step.clone()) => result,
            never = self.extend_visibility(delivery) => match never {},
        };
        let mut transaction = self.store.begin().await?;
        transaction.lock_task(step.task.task_uuid).await?;
        report(transaction, delivery, step, &result).await?;
        Ok(result)
    }

    #[step_span("handler.execution", step = step.workflow_step, task = step.task)]
    async fn run_handler(&self, step: TaskSequenceStep) -> StepExecutionResult {
        self.handlers.call(step).await
    }

    /// Extends the message's visibility timeout until it is cancelled.
    async fn extend_visibility(&self, delivery: &Delivery<StepMessage>) -> Infallible {
        let Some(timeout) = self.queue.visibility_timeout() else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(timeout / 3).await;
            if let Err(error) = self.queue.extend(&delivery.queue, delivery.message_id).await {
                tracing::warn!(%error, "visibility timeout not extended: the message may be delivered to another worker");
            }
        }
    }
}

/// Archives the message of a step that is cancelled or executed. If another worker has the step,
/// the message is that worker's, and is delivered again if it is lost.
async fn dismiss<T: Transaction>(mut transaction: T, delivery: &Delivery<StepMessage>) -> TaskerResult<()> {
    let StepMessage {
        task_uuid, step_uuid, ..
    } = delivery.message;
    let context = transaction.task_context(task_uuid).await?;
    let mut steps = context.steps.iter();
    if !steps.any(|step| step.workflow_step_uuid == step_uuid && step.state.is_under_way()) {
        transaction.archive(&delivery.queue, delivery.message_id).await?;
    }
    transaction.commit().await
}

/// A failed attempt fails its span, although the function returns `Ok`.
fn attempt_failure(executed: &TaskerResult<StepExecutionResult>) -> Option<Failure> {
    match executed {
        Ok(result) => result.failure(),
        Err(_) => executed.failure(),
    }
}
