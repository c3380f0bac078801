//! Reads of a transaction, with locks.

use std::collections::HashMap;

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::rows::{StepRow, TaskRow, named};
use crate::tasker::{Task, TaskContext, TaskState, TaskerError, TaskerResult, WorkflowStep};

pub(super) async fn lock_task(connection: &mut PgConnection, task_uuid: Uuid) -> TaskerResult<TaskState> {
    let row = sqlx::query("SELECT state FROM tasker.tasks WHERE task_uuid = $1 FOR UPDATE")
        .bind(task_uuid)
        .fetch_optional(connection)
        .await?;
    let row = row.ok_or(TaskerError::NotFound(task_uuid))?;
    Ok(named(&row, "state")?)
}

pub(super) async fn task_context(connection: &mut PgConnection, task_uuid: Uuid) -> TaskerResult<TaskContext> {
    let task = task(connection, task_uuid).await?;
    let steps = sqlx::query_as("SELECT * FROM tasker.workflow_steps WHERE task_uuid = $1 ORDER BY position FOR UPDATE")
        .bind(task_uuid)
        .fetch_all(&mut *connection)
        .await?;
    let steps = steps.into_iter().map(|StepRow(step)| step).collect::<Vec<_>>();
    let children = children(connection, &steps).await?;
    Ok(TaskContext { task, steps, children })
}

pub(super) async fn task(connection: &mut PgConnection, task_uuid: Uuid) -> TaskerResult<Task> {
    let task = sqlx::query_as("SELECT * FROM tasker.tasks WHERE task_uuid = $1")
        .bind(task_uuid)
        .fetch_optional(connection)
        .await?;
    task.map(|TaskRow(task)| task).ok_or(TaskerError::NotFound(task_uuid))
}

/// The states of the child tasks. Not locked: a task that ends sends a message to its parent.
async fn children(connection: &mut PgConnection, steps: &[WorkflowStep]) -> TaskerResult<HashMap<Uuid, TaskState>> {
    let requested = steps.iter().filter_map(|step| step.result.as_ref());
    let requested = requested.flat_map(|result| &result.child_tasks);
    let requested = requested.copied().collect::<Vec<_>>();
    if requested.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query("SELECT correlation_id, state FROM tasker.tasks WHERE correlation_id = ANY($1)")
        .bind(requested)
        .fetch_all(connection)
        .await?;
    let states = rows
        .iter()
        .map(|row| Ok((row.try_get("correlation_id")?, named(row, "state")?)));
    Ok(states.collect::<sqlx::Result<_>>()?)
}
