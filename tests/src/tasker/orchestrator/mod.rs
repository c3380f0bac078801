//! The orchestrator: decides what happens next to each task.
//!
//! Each message leads through one or more transitions, and each transition is one call that ends: between two messages
//! nothing about a task is held in memory, so that any orchestrator can take the next one.

mod phases;
mod transition;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepResultMessage};
use super::{ExecutionStatus, Queue, StepStateMachine, Store, Task, TaskEvent, TaskState, TaskerResult, WorkflowStep};

/// An orchestrator. It handles one message at a time: run several for more.
#[derive(Debug)]
pub struct Orchestrator<S, Q> {
    store: Arc<S>,
    queue: Arc<Q>,
    steps: StepStateMachine<S>,
}

impl<S: Store, Q: Queue> Orchestrator<S, Q> {
    /// An orchestrator of the tasks in `store`.
    pub fn new(store: Arc<S>, queue: Arc<Q>) -> Self {
        let steps = StepStateMachine::new(Arc::clone(&store));
        Self { store, queue, steps }
    }

    /// Handles messages until the queue is closed.
    ///
    /// # Errors
    ///
    /// Where the queue fails. A message that cannot be handled is logged, and the next one is read.
    pub async fn run(self) -> TaskerResult<()> {
        while let Some(delivery) = self.queue.read(ORCHESTRATION_QUEUE).await? {
            if let Err(error) = self.handle(delivery.message).await {
                tracing::error!(%error, "message not handled");
            }
            self.queue.archive(ORCHESTRATION_QUEUE, delivery.message_id).await?;
        }
        Ok(())
    }

    async fn handle(&self, message: OrchestrationMessage) -> TaskerResult<()> {
        match message {
            OrchestrationMessage::TaskCreated { task_uuid } => self.start(task_uuid).await,
            OrchestrationMessage::StepResult(message) => self.process_result(&message).await,
            OrchestrationMessage::RetryReady { task_uuid } => self.retry(task_uuid).await,
            OrchestrationMessage::ChildFinished { parent_correlation_id } => self.resume(parent_correlation_id).await,
            OrchestrationMessage::Cancel { task_uuid } => self.cancel(task_uuid).await,
        }
    }

    async fn start(&self, task_uuid: Uuid) -> TaskerResult<()> {
        let task = self.store.task(task_uuid).await?;
        self.apply(&task, TaskEvent::Start, async { Ok(()) }).await?;
        let steps = self
            .apply(&task, TaskEvent::ReadyStepsFound, self.discover_viable_steps(task_uuid))
            .await?;
        self.enqueue(&task, steps).await
    }

    async fn process_result(&self, message: &StepResultMessage) -> TaskerResult<()> {
        // Otherwise cancelled in the meantime, or evaluated together with the result of another step.
        if self.store.task_state(message.task_uuid).await? != TaskState::StepsInProcess {
            return Ok(());
        }
        let context = self.store.task_context(message.task_uuid).await?;
        let next = context.evaluated()?;
        // A result that leads nowhere by itself waits for the next one.
        if matches!(next.execution_status(), ExecutionStatus::Processing) {
            return Ok(());
        }
        let event = if next.is_processing() {
            TaskEvent::StepCompleted
        } else {
            TaskEvent::AllStepsCompleted
        };
        let status = self.apply(&context.task, event, self.evaluate_results(message)).await?;
        self.follow_up(&context.task, status).await
    }

    /// From `evaluating_results` to wherever the results lead.
    async fn follow_up(&self, task: &Task, status: ExecutionStatus) -> TaskerResult<()> {
        match status {
            ExecutionStatus::HasReadySteps(steps) => {
                self.apply(task, TaskEvent::ReadyStepsFound, async { Ok(()) }).await?;
                self.enqueue(task, steps).await
            }
            ExecutionStatus::WaitingForRetry(delay) => {
                self.apply(task, TaskEvent::StepFailed, self.schedule_retry(task.task_uuid, delay))
                    .await
            }
            ExecutionStatus::WaitingForDependencies => {
                self.apply(task, TaskEvent::NoDependenciesReady, async { Ok(()) }).await
            }
            ExecutionStatus::BlockedByFailures => {
                self.apply(task, TaskEvent::PermanentFailure, async { Ok(()) }).await?;
                self.conclude(task, TaskEvent::GiveUp).await
            }
            ExecutionStatus::AllComplete => self.conclude(task, TaskEvent::AllStepsSuccessful).await,
            // Results are evaluated only where they lead somewhere.
            ExecutionStatus::Processing => Ok(()),
        }
    }

    async fn enqueue(&self, task: &Task, steps: Vec<WorkflowStep>) -> TaskerResult<()> {
        self.apply(task, TaskEvent::StepsEnqueued, self.enqueue_steps(task, steps))
            .await
    }

    async fn retry(&self, task_uuid: Uuid) -> TaskerResult<()> {
        if self.store.task_state(task_uuid).await? != TaskState::WaitingForRetry {
            return Ok(());
        }
        let task = self.store.task(task_uuid).await?;
        let steps = self
            .apply(&task, TaskEvent::RetryReady, self.release_failed_steps(task_uuid))
            .await?;
        self.enqueue(&task, steps).await
    }

    async fn resume(&self, correlation_id: Uuid) -> TaskerResult<()> {
        let Some(task) = self.store.task_of(correlation_id).await? else {
            return Ok(());
        };
        if self.store.task_state(task.task_uuid).await? != TaskState::WaitingForDependencies {
            return Ok(());
        }
        let status = self.store.task_context(task.task_uuid).await?.execution_status();
        if matches!(status, ExecutionStatus::WaitingForDependencies) {
            return Ok(());
        }
        self.apply(&task, TaskEvent::DependenciesReady, async { Ok(()) })
            .await?;
        self.follow_up(&task, status).await
    }

    async fn cancel(&self, task_uuid: Uuid) -> TaskerResult<()> {
        if self.store.task_state(task_uuid).await?.is_terminal() {
            return Ok(());
        }
        let task = self.store.task(task_uuid).await?;
        self.conclude(&task, TaskEvent::Cancel).await
    }

    /// Ends the task, and tells the task that waits for it.
    async fn conclude(&self, task: &Task, event: TaskEvent) -> TaskerResult<()> {
        self.apply(task, event, self.finalize(task.task_uuid)).await?;
        let Some(parent_correlation_id) = task.parent_correlation_id else {
            return Ok(());
        };
        let message = OrchestrationMessage::ChildFinished { parent_correlation_id };
        self.queue.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await
    }
}
