//! `Store`: where tasks and steps are stored. Changes go through a [`Transaction`].

use std::time::Duration;

use uuid::Uuid;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::{Task, TaskerResult, Transaction};

/// Tasks and steps.
pub trait Store: Send + Sync + 'static {
    /// A transaction of this store.
    type Transaction: Transaction;

    /// Begins a transaction.
    fn begin(&self) -> impl Future<Output = TaskerResult<Self::Transaction>> + Send;

    /// The task with this `correlation_id`, if it exists already.
    fn task_of(&self, correlation_id: Uuid) -> impl Future<Output = TaskerResult<Option<Task>>> + Send;
}

/// Requests the cancellation of a task.
pub async fn cancel(store: &impl Store, task_uuid: Uuid) -> TaskerResult<()> {
    let message = OrchestrationMessage::Cancel { task_uuid };
    let mut transaction = store.begin().await?;
    transaction.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await?;
    transaction.commit().await
}
