//! `TaskProgress`: states and counts of tasks, for users.

use std::time::{Duration, SystemTime};

use sqlx::postgres::PgRow;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::PgStore;
use super::rows::{TaskRow, named};
use crate::tasker::{Task, TaskState, TaskerResult};

/// A task and its progress.
#[derive(Clone, Debug)]
pub struct TaskProgress {
    /// The task.
    pub task: Task,
    /// Its state.
    pub state: TaskState,
    /// The number of its steps.
    pub steps: i64,
    /// The number of complete steps.
    pub complete: i64,
    /// The number of attempts at its steps.
    pub attempts: i64,
    /// The time of its terminal transition.
    pub ended_at: Option<SystemTime>,
}

impl TaskProgress {
    /// From the request to the end.
    pub fn duration(&self) -> Option<Duration> {
        self.ended_at?.duration_since(self.task.requested_at).ok()
    }
}

impl PgStore {
    /// The tasks with these correlation ids and all their descendants, in the order of their
    /// requests.
    pub async fn progress(&self, correlation_ids: &[Uuid]) -> TaskerResult<Vec<TaskProgress>> {
        let progress = sqlx::query_as(
            "WITH RECURSIVE family AS (
                 SELECT task_uuid, correlation_id FROM tasker.tasks WHERE correlation_id = ANY($1)
                 UNION
                 SELECT child.task_uuid, child.correlation_id
                 FROM tasker.tasks child JOIN family ON child.parent_correlation_id = family.correlation_id
             )
             SELECT task.*, count(*) AS steps, count(*) FILTER (WHERE step.state = 'complete') AS complete,
                    coalesce(sum(step.attempt), 0) AS attempts
             FROM family
             JOIN tasker.tasks task USING (task_uuid)
             JOIN tasker.workflow_steps step USING (task_uuid)
             GROUP BY task.task_uuid
             ORDER BY task.requested_at",
        )
        .bind(correlation_ids)
        .fetch_all(self.pool())
        .await?;
        Ok(progress)
    }

    /// The number of tasks that have not ended.
    pub async fn under_way(&self) -> TaskerResult<i64> {
        let count = sqlx::query_scalar("SELECT count(*) FROM tasker.tasks WHERE ended_at IS NULL");
        Ok(count.fetch_one(self.pool()).await?)
    }
}

impl FromRow<'_, PgRow> for TaskProgress {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let TaskRow(task) = TaskRow::from_row(row)?;
        Ok(Self {
            task,
            state: named(row, "state")?,
            steps: row.try_get("steps")?,
            complete: row.try_get("complete")?,
            attempts: row.try_get("attempts")?,
            ended_at: row
                .try_get::<Option<DateTime<Utc>>, _>("ended_at")?
                .map(SystemTime::from),
        })
    }
}
