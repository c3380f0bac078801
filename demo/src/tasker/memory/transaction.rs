//! `MemoryTransaction`: changes to the state inside one process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tasker_span_runtime::TraceContext;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::queue::{MemoryQueue, Outgoing};
use super::tables::Tables;
use crate::tasker::{
    Claim, StepExecutionResult, Task, TaskContext, TaskState, TaskerResult, Transaction, WorkflowStep,
    WorkflowStepState,
};

/// Changes a copy of the tables. Copy and messages take effect at the commit.
#[derive(Debug)]
pub struct MemoryTransaction {
    committed: Arc<Mutex<Tables>>,
    queue: Arc<MemoryQueue>,
    tables: Tables,
    messages: Vec<Outgoing>,
    archived: Vec<i64>,
    /// Excludes other transactions.
    _turn: OwnedMutexGuard<()>,
}

impl MemoryTransaction {
    pub(super) fn new(committed: Arc<Mutex<Tables>>, queue: Arc<MemoryQueue>, turn: OwnedMutexGuard<()>) -> Self {
        let tables = committed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            committed,
            queue,
            tables,
            messages: Vec::new(),
            archived: Vec::new(),
            _turn: turn,
        }
    }
}

impl Transaction for MemoryTransaction {
    async fn create_task(&mut self, task: &Task, steps: &[WorkflowStep]) -> TaskerResult<()> {
        self.tables.create(task, steps);
        Ok(())
    }

    async fn lock_task(&mut self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        Ok(self.tables.task(task_uuid)?.1)
    }

    async fn task_context(&mut self, task_uuid: Uuid) -> TaskerResult<TaskContext> {
        self.tables.context(task_uuid)
    }

    async fn transition_task(&mut self, task_uuid: Uuid, from: TaskState, to: TaskState) -> TaskerResult<()> {
        self.tables.move_task(task_uuid, from, to)
    }

    async fn transition_step(
        &mut self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> TaskerResult<()> {
        self.tables.move_step(step_uuid, from, to)
    }

    async fn claim_step(&mut self, step_uuid: Uuid, redelivered: bool) -> TaskerResult<Option<Claim>> {
        self.tables.claim(step_uuid, redelivered)
    }

    async fn save_result(&mut self, step_uuid: Uuid, attempt: u32, result: &StepExecutionResult) -> TaskerResult<()> {
        self.tables.save(step_uuid, attempt, result)
    }

    async fn send<M: Serialize + Sync>(&mut self, queue: &str, message: &M, delay: Duration) -> TaskerResult<()> {
        self.messages.push(Outgoing {
            queue: queue.to_owned(),
            body: serde_json::to_value(message)?,
            trace_context: TraceContext::current(),
            delay,
        });
        Ok(())
    }

    async fn send_batch<M: Serialize + Sync>(&mut self, queue: &str, messages: &[M]) -> TaskerResult<()> {
        for message in messages {
            self.send(queue, message, Duration::ZERO).await?;
        }
        Ok(())
    }

    async fn archive(&mut self, _queue: &str, message_id: i64) -> TaskerResult<()> {
        self.archived.push(message_id);
        Ok(())
    }

    async fn commit(self) -> TaskerResult<()> {
        let mut committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        self.queue.commit(self.messages, &self.archived)?;
        *committed = self.tables;
        Ok(())
    }
}
