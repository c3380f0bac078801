//! The orchestrator: decides what happens next to each task.
//!
//! Every message means: look at this task. What there is to do follows from the task's state alone, so that any
//! orchestrator can take the next message, go on where another one died, or find that there is nothing left to do.

mod decide;
mod phases;
mod transition;

pub use decide::{Trigger, Work, decide};

use std::sync::Arc;

use uuid::Uuid;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::{Delivery, Queue, Store, TaskerResult, Transaction};
use transition::transition;

/// An orchestrator. It handles one message at a time: run several for more, in one process or in many.
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

    /// Handles messages until the queue is closed.
    ///
    /// # Errors
    ///
    /// Where the queue fails. A message that cannot be handled is logged and stays in the queue, and the next one is read.
    pub async fn run(self) -> TaskerResult<()> {
        while let Some(delivery) = self.queue.read(ORCHESTRATION_QUEUE).await? {
            if let Err(error) = self.handle(&delivery).await {
                tracing::error!(%error, "message not handled");
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

    /// The task that the message is about, unless nobody knows it, and what it says beyond that.
    async fn concerned(&self, message: &OrchestrationMessage) -> TaskerResult<Option<(Uuid, Trigger)>> {
        Ok(Some(match message {
            OrchestrationMessage::TaskCreated { task_uuid } => (*task_uuid, Trigger::News),
            OrchestrationMessage::StepResult(message) => (message.task_uuid, Trigger::News),
            OrchestrationMessage::RetryReady { task_uuid, attempts } => {
                (*task_uuid, Trigger::RetryReady { attempts: *attempts })
            }
            OrchestrationMessage::ChildFinished { parent_correlation_id } => {
                // Any program's correlation id may stand there, not only that of a task.
                let parent = self.store.task_of(*parent_correlation_id).await?;
                return Ok(parent.map(|task| (task.task_uuid, Trigger::News)));
            }
            OrchestrationMessage::Cancel { task_uuid } => (*task_uuid, Trigger::Cancel),
        }))
    }

    /// Moves the task on for as long as there is something to do, one transaction for each transition. The last one, which
    /// finds nothing to do, archives the message.
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
