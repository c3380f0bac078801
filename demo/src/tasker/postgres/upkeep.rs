//! Upkeep: stale tasks, dead letters, and what operators do. The database moves the tasks; this process sees only the rows, and
//! records their transitions.

use std::time::{Duration, SystemTime};

use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use tasker_span_runtime::{SpanFields, record_transition};
use uuid::Uuid;

use super::PgStore;
use super::rows::{TaskRow, named, time};
use crate::tasker::{Task, TaskState, TaskerResult};

/// A task that a function of the database moved.
#[derive(Clone, Debug, SpanFields)]
pub struct MovedTask {
    /// The task.
    #[span(nested(
        task_uuid,
        correlation_id,
        parent_correlation_id,
        namespace,
        task_name,
        priority,
        started_at
    ))]
    pub task: Task,
    /// The state that it left.
    pub from: TaskState,
    /// The state that it entered.
    pub to: TaskState,
    /// How many minutes it was in the state that it left.
    pub minutes: i32,
    /// When it was moved, by the database's clock.
    pub moved_at: SystemTime,
}

impl PgStore {
    /// Moves tasks that have been in one state for longer than this to the state `error`.
    pub async fn detect_stale_tasks(&self, longest: Duration) -> TaskerResult<Vec<MovedTask>> {
        let moved = moved_by("tasker.detect_stale_tasks(make_interval(secs => $1))");
        let moved = sqlx::query_as(&moved).bind(longest.as_secs_f64());
        Ok(record(moved.fetch_all(self.pool()).await?))
    }

    /// The tasks that were moved to the state `error`, and that no operator has resolved. Their transitions are recorded again:
    /// the process that moved them may have died before it recorded them.
    pub async fn dead_letters(&self) -> TaskerResult<Vec<MovedTask>> {
        let letters = moved_by("tasker.dead_letters");
        Ok(record(sqlx::query_as(&letters).fetch_all(self.pool()).await?))
    }

    /// Closes a task that has failed. Returns nothing if it has not.
    pub async fn resolve_manually(&self, task_uuid: Uuid) -> TaskerResult<Vec<MovedTask>> {
        let moved = moved_by("tasker.resolve_manually($1)");
        Ok(record(
            sqlx::query_as(&moved).bind(task_uuid).fetch_all(self.pool()).await?,
        ))
    }

    /// Cancels a task at once, whatever of it runs. Returns nothing if it has ended.
    pub async fn cancel_now(&self, task_uuid: Uuid) -> TaskerResult<Vec<MovedTask>> {
        let moved = moved_by("tasker.cancel_task($1)");
        Ok(record(
            sqlx::query_as(&moved).bind(task_uuid).fetch_all(self.pool()).await?,
        ))
    }
}

/// The moves that a function of the database returns, each with its task.
fn moved_by(function: &str) -> String {
    format!(
        "SELECT task.*, move.from_state, move.to_state, move.minutes, move.moved_at
         FROM {function} move JOIN tasker.tasks task USING (task_uuid) ORDER BY move.moved_at"
    )
}

/// Records the transitions that the database made.
fn record(moved: Vec<MovedTask>) -> Vec<MovedTask> {
    for task in &moved {
        record_transition(task, task.from, task.to, task.moved_at);
    }
    moved
}

impl FromRow<'_, PgRow> for MovedTask {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let TaskRow(task) = TaskRow::from_row(row)?;
        Ok(Self {
            task,
            from: named(row, "from_state")?,
            to: named(row, "to_state")?,
            minutes: row.try_get("minutes")?,
            moved_at: time(row, "moved_at")?,
        })
    }
}
