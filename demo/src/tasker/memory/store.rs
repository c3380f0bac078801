//! `MemoryStore`: state inside one process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::queue::MemoryQueue;
use super::tables::Tables;
use super::transaction::MemoryTransaction;
use crate::tasker::{Store, Task, TaskState, TaskerResult};

/// Tasks and steps in maps, and the queues that their messages go to.
///
/// One transaction at a time changes a copy of the maps. A task that begins a second one before it
/// commits waits forever.
#[derive(Debug)]
pub struct MemoryStore {
    committed: Arc<Mutex<Tables>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    queue: Arc<MemoryQueue>,
}

impl MemoryStore {
    /// An empty store, whose transactions send to these queues.
    pub fn new(queue: Arc<MemoryQueue>) -> Self {
        Self {
            committed: Arc::default(),
            turn: Arc::default(),
            queue,
        }
    }

    /// All tasks and their states, in the order of their requests.
    pub fn tasks(&self) -> Vec<(Task, TaskState)> {
        self.committed().tasks()
    }

    /// A task's state.
    pub fn task_state(&self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        Ok(self.committed().task(task_uuid)?.1)
    }

    fn committed(&self) -> MutexGuard<'_, Tables> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Transaction = MemoryTransaction;

    async fn begin(&self) -> TaskerResult<MemoryTransaction> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        Ok(MemoryTransaction::new(
            Arc::clone(&self.committed),
            Arc::clone(&self.queue),
            turn,
        ))
    }

    async fn task_of(&self, correlation_id: Uuid) -> TaskerResult<Option<Task>> {
        Ok(self.committed().task_of(correlation_id).map(|(task, _)| task.clone()))
    }
}
