//! `Orchestrator`: moves tasks.
//!
//! A message only names a task. What to do follows from the task's state. So any orchestrator can
//! process any message, also after the loss of another orchestrator, and also twice.

mod decide;
mod phases;
mod transition;

pub use decide::{Trigger, Work, decide};

use std::sync::Arc;

use uuid::Uuid;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::unhandled::not_handled;
use super::{Delivery, Queue, Store, TaskerResult, Transaction};
use transition::transition;

/// An orchestrator. It handles one message at a time.
#[derive(Debug)]
pub struct Orchestrator<S, Q> {
    store: Arc<S>,
    queue: Arc<Q>,
}

impl<S: Store, Q: Queue> Orchestrator<S, Q> {
    /// An orchestrator of the tasks in `store`.
    pub fn new(store: Arc<S>, queue: Arc<Q>) -> Self {
        Self { store, queue }
    }

    /// Handles messages until the queue is closed or fails. After an error the message stays in the
    /// queue, unless its task does not exist.
    pub async fn run(self) -> TaskerResult<()> {
        while let Some(delivery) = self.queue.read(ORCHESTRATION_QUEUE).await? {
            if let Err(error) = self.handle(&delivery).await {
                not_handled(&*self.queue, &delivery, &error).await;
            }
        }
        Ok(())
    }

    async fn handle(&self, delivery: &Delivery<OrchestrationMessage>) -> TaskerResult<()> {
        match self.concerned(&delivery.message).await? {
            Some((task_uuid, trigger)) => self.advance(task_uuid, trigger, delivery.message_id).await,
            None => self.queue.archive(ORCHESTRATION_QUEUE, delivery.message_id).await,
        }
    }

    /// The message's task, if it exists, and the trigger.
    async fn concerned(&self, message: &OrchestrationMessage) -> TaskerResult<Option<(Uuid, Trigger)>> {
        Ok(Some(match message {
            OrchestrationMessage::TaskCreated { task_uuid } => (*task_uuid, Trigger::News),
            OrchestrationMessage::StepResult(message) => (message.task_uuid, Trigger::News),
            OrchestrationMessage::RetryReady { task_uuid, attempts } => {
                (*task_uuid, Trigger::RetryReady { attempts: *attempts })
            }
            OrchestrationMessage::ChildFinished { parent_correlation_id } => {
                // It may be the correlation id of a caller that is no task.
                let parent = self.store.task_of(*parent_correlation_id).await?;
                return Ok(parent.map(|task| (task.task_uuid, Trigger::News)));
            }
            OrchestrationMessage::Cancel { task_uuid } => (*task_uuid, Trigger::Cancel),
        }))
    }

    /// Moves the task as far as possible, each transition in a transaction of its own. The last
    /// transaction moves nothing and archives the message.
    async fn advance(&self, task_uuid: Uuid, trigger: Trigger, message_id: i64) -> TaskerResult<()> {
        loop {
            let mut transaction = self.store.begin().await?;
            let from = transaction.lock_task(task_uuid).await?;
            let context = transaction.task_context(task_uuid).await?;
            let Some((event, work)) = decide(from, &context, trigger)? else {
                transaction.archive(ORCHESTRATION_QUEUE, message_id).await?;
                return transaction.commit().await;
            };
            let to = from.on(event)?;
            transition(transaction, &context, from, to, work).await?;
        }
    }
}
