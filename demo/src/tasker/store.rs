//! The seam between the engine and its state.

use uuid::Uuid;

use super::{Task, TaskState, TaskerResult, Transaction};

/// Where tasks and steps are kept, and read by those who only look. Whoever changes anything begins a [`Transaction`].
pub trait Store: Send + Sync + 'static {
    /// What changes are made in.
    type Transaction: Transaction;

    /// Begins a transaction.
    fn begin(&self) -> impl Future<Output = TaskerResult<Self::Transaction>> + Send;

    /// The task of this UUID.
    fn task(&self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<Task>> + Send;

    /// The task of this `correlation_id`, if it exists by now.
    fn task_of(&self, correlation_id: Uuid) -> impl Future<Output = TaskerResult<Option<Task>>> + Send;

    /// The task's state.
    fn task_state(&self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<TaskState>> + Send;
}
