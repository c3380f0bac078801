//! `PgStore`: state in tables.

use ::pgmq::PGMQueueExt;
use sqlx::PgPool;
use uuid::Uuid;

use super::PgTransaction;
use super::rows::TaskRow;
use crate::tasker::{Store, Task, TaskerResult};

/// Tasks and steps in the tables that [`install`](super::install) creates.
#[derive(Clone, Debug)]
pub struct PgStore {
    pool: PgPool,
}

impl PgStore {
    /// The tables of this database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The connection pool.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl Store for PgStore {
    type Transaction = PgTransaction;

    async fn begin(&self) -> TaskerResult<PgTransaction> {
        let pgmq = PGMQueueExt::new_with_pool(self.pool.clone()).await;
        Ok(PgTransaction::new(self.pool.begin().await?, pgmq))
    }

    async fn task_of(&self, correlation_id: Uuid) -> TaskerResult<Option<Task>> {
        let task = sqlx::query_as("SELECT * FROM tasker.tasks WHERE correlation_id = $1 LIMIT 1")
            .bind(correlation_id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(task.map(|TaskRow(task)| task))
    }
}
