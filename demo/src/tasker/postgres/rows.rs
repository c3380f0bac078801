//! Conversion of rows.

use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{FromRow, Row};

use crate::tasker::{Task, WorkflowStep};

/// A row of `tasker.tasks`, without the state.
pub(super) struct TaskRow(pub(super) Task);

/// A row of `tasker.workflow_steps`, without the claim.
pub(super) struct StepRow(pub(super) WorkflowStep);

impl FromRow<'_, PgRow> for TaskRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self(Task {
            task_uuid: row.try_get("task_uuid")?,
            correlation_id: row.try_get("correlation_id")?,
            parent_correlation_id: row.try_get("parent_correlation_id")?,
            namespace_name: row.try_get("namespace_name")?,
            task_name: row.try_get("task_name")?,
            priority: row.try_get("priority")?,
            context: row.try_get("context")?,
            requested_at: time(row, "requested_at")?,
        }))
    }
}

impl FromRow<'_, PgRow> for StepRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let attempt: Option<i32> = row.try_get("attempt")?;
        let result: Option<Json<_>> = row.try_get("result")?;
        Ok(Self(WorkflowStep {
            workflow_step_uuid: row.try_get("workflow_step_uuid")?,
            task_uuid: row.try_get("task_uuid")?,
            name: row.try_get("name")?,
            handler_name: row.try_get("handler_name")?,
            state: named(row, "state")?,
            attempt: attempt.map(i32::unsigned_abs),
            max_attempts: row.try_get::<i32, _>("max_attempts")?.unsigned_abs(),
            backoff: Duration::from_millis(row.try_get::<i64, _>("backoff_ms")?.unsigned_abs()),
            depends_on: row.try_get("depends_on")?,
            result: result.map(|Json(result)| result),
        }))
    }
}

/// A state, by its name.
pub(super) fn named<T: DeserializeOwned>(row: &PgRow, column: &str) -> sqlx::Result<T> {
    let name: String = row.try_get(column)?;
    serde_json::from_value(Value::String(name)).map_err(|error| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: error.into(),
    })
}

pub(super) fn time(row: &PgRow, column: &str) -> sqlx::Result<SystemTime> {
    row.try_get::<DateTime<Utc>, _>(column).map(SystemTime::from)
}
