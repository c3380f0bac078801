//! The worker: claims steps of one namespace, calls their handlers, reports back.

use std::sync::Arc;
use std::time::Duration;

use tasker_span_runtime::{Failure, Outcome, step_span};

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, StepResultMessage, worker_queue};
use super::{
    HandlerRegistry, Queue, StepEvent, StepExecutionResult, StepStateMachine, Store, TaskSequenceStep, TaskerResult,
};

/// A worker of one namespace. It executes one step at a time: run several for more.
#[derive(Debug)]
pub struct Worker<S, Q> {
    namespace: String,
    store: Arc<S>,
    queue: Arc<Q>,
    handlers: Arc<HandlerRegistry>,
    steps: StepStateMachine<S>,
}

impl<S: Store, Q: Queue> Worker<S, Q> {
    /// A worker for the steps of `namespace`.
    pub fn new(namespace: impl Into<String>, store: Arc<S>, queue: Arc<Q>, handlers: Arc<HandlerRegistry>) -> Self {
        let steps = StepStateMachine::new(Arc::clone(&store));
        Self {
            namespace: namespace.into(),
            store,
            queue,
            handlers,
            steps,
        }
    }

    /// Executes steps until the queue is closed.
    ///
    /// # Errors
    ///
    /// Where the queue fails. A step that cannot be executed is logged, and the next one is read.
    pub async fn run(self) -> TaskerResult<()> {
        let queue = worker_queue(&self.namespace);
        while let Some(delivery) = self.queue.read::<StepMessage>(&queue).await? {
            if let Err(error) = self.process(&delivery.message).await {
                tracing::error!(%error, step_uuid = %delivery.message.step_uuid, "step not executed");
            }
            self.queue.archive(&queue, delivery.message_id).await?;
        }
        Ok(())
    }

    async fn process(&self, message: &StepMessage) -> TaskerResult<()> {
        // Cancelled on its way here, or claimed by somebody else: nothing to do.
        let Some(step) = self.store.claim_step(message.step_uuid).await? else {
            return Ok(());
        };
        self.execute_step(step).await?;
        Ok(())
    }

    #[step_span("step.execution", failed = attempt_failure)]
    async fn execute_step(&self, step: TaskSequenceStep) -> TaskerResult<StepExecutionResult> {
        let mut workflow_step = step.workflow_step.clone();
        let reply = StepResultMessage {
            task_uuid: workflow_step.task_uuid,
            step_uuid: workflow_step.workflow_step_uuid,
            correlation_id: step.task.correlation_id,
        };
        self.steps.apply(&mut workflow_step, StepEvent::Start).await?;
        let result = self.run_handler(step).await;
        self.store.save_result(reply.step_uuid, result.clone()).await?;
        self.steps
            .apply(&mut workflow_step, StepEvent::EnqueueForOrchestration)
            .await?;
        self.submit_result(reply).await?;
        Ok(result)
    }

    #[step_span("handler.execution", step = step.workflow_step, task = step.task)]
    async fn run_handler(&self, step: TaskSequenceStep) -> StepExecutionResult {
        self.handlers.call(step).await
    }

    #[step_span("result.submission", step = message, inherit(namespace))]
    async fn submit_result(&self, message: StepResultMessage) -> TaskerResult<()> {
        self.queue
            .send(
                ORCHESTRATION_QUEUE,
                &OrchestrationMessage::StepResult(message),
                Duration::ZERO,
            )
            .await
    }
}

/// A failed attempt fails the span of the execution, although the engine did its part.
fn attempt_failure(executed: &TaskerResult<StepExecutionResult>) -> Option<Failure> {
    match executed {
        Ok(result) => result.failure(),
        Err(_) => executed.failure(),
    }
}
