//! State inside one process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::tables::Tables;
use super::transaction::MemoryTransaction;
use crate::tasker::{MemoryQueue, Store, Task, TaskState, TaskerResult};

/// Tasks and steps in maps, and the queues that their messages go to.
///
/// One transaction at a time works on a copy of the maps, which takes their place when it commits. A handler that holds
/// none may begin one; whoever holds one and begins another waits for himself.
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

    /// Every task and its state, in the order in which they were requested.
    pub fn tasks(&self) -> Vec<(Task, TaskState)> {
        self.committed().tasks()
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

    async fn task(&self, task_uuid: Uuid) -> TaskerResult<Task> {
        Ok(self.committed().task(task_uuid)?.0.clone())
    }

    async fn task_of(&self, correlation_id: Uuid) -> TaskerResult<Option<Task>> {
        Ok(self.committed().task_of(correlation_id).map(|(task, _)| task.clone()))
    }

    async fn task_state(&self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        Ok(self.committed().task(task_uuid)?.1)
    }
}
