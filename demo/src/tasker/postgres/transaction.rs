//! `PgTransaction`: state and messages in one transaction.

use std::time::Duration;

use pgmq::PGMQueueExt;
use serde::Serialize;
use sqlx::Postgres;
use uuid::Uuid;

use super::{change, claim, context};
use crate::tasker::{
    Claim, StepExecutionResult, Task, TaskContext, TaskState, TaskerResult, Transaction, WorkflowStep,
    WorkflowStepState,
};

/// A transaction of the database.
#[derive(Debug)]
pub struct PgTransaction {
    inner: sqlx::Transaction<'static, Postgres>,
    /// Archives on the transaction's connection.
    pgmq: PGMQueueExt,
}

impl PgTransaction {
    pub(super) fn new(inner: sqlx::Transaction<'static, Postgres>, pgmq: PGMQueueExt) -> Self {
        Self { inner, pgmq }
    }
}

impl Transaction for PgTransaction {
    async fn create_task(&mut self, task: &Task, steps: &[WorkflowStep]) -> TaskerResult<()> {
        change::create_task(&mut self.inner, task, steps).await
    }

    async fn lock_task(&mut self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        context::lock_task(&mut self.inner, task_uuid).await
    }

    async fn task_context(&mut self, task_uuid: Uuid) -> TaskerResult<TaskContext> {
        context::task_context(&mut self.inner, task_uuid).await
    }

    async fn transition_task(&mut self, task_uuid: Uuid, from: TaskState, to: TaskState) -> TaskerResult<()> {
        change::transition_task(&mut self.inner, task_uuid, from, to).await
    }

    async fn transition_step(
        &mut self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> TaskerResult<()> {
        change::transition_step(&mut self.inner, step_uuid, from, to).await
    }

    async fn claim_step(&mut self, step_uuid: Uuid, redelivered: bool) -> TaskerResult<Option<Claim>> {
        claim::claim_step(&mut self.inner, step_uuid, redelivered).await
    }

    async fn save_result(&mut self, step_uuid: Uuid, attempt: u32, result: &StepExecutionResult) -> TaskerResult<()> {
        claim::save_result(&mut self.inner, step_uuid, attempt, result).await
    }

    async fn send<M: Serialize + Sync>(&mut self, queue: &str, message: &M, delay: Duration) -> TaskerResult<()> {
        tasker_span_pgmq::send(queue, message)
            .delay(delay)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    async fn send_batch<M: Serialize + Sync>(&mut self, queue: &str, messages: &[M]) -> TaskerResult<()> {
        tasker_span_pgmq::send_batch(queue, messages)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    async fn archive(&mut self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.pgmq.archive_with_cxn(queue, message_id, &mut *self.inner).await?;
        Ok(())
    }

    async fn commit(self) -> TaskerResult<()> {
        Ok(self.inner.commit().await?)
    }
}
