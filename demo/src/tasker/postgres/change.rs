//! Creation of tasks, and transitions of tasks and steps.

use sqlx::PgConnection;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rows::named;
use crate::tasker::{Task, TaskState, TaskerError, TaskerResult, WorkflowStep, WorkflowStepState};

pub(super) async fn create_task(
    connection: &mut PgConnection,
    task: &Task,
    steps: &[WorkflowStep],
) -> TaskerResult<()> {
    sqlx::query(
        "INSERT INTO tasker.tasks (task_uuid, correlation_id, parent_correlation_id, namespace_name, task_name, priority,
                                   context, state, requested_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(task.task_uuid)
    .bind(task.correlation_id)
    .bind(task.parent_correlation_id)
    .bind(&task.namespace_name)
    .bind(&task.task_name)
    .bind(task.priority)
    .bind(&task.context)
    .bind(TaskState::Pending.as_str())
    .bind(DateTime::<Utc>::from(task.requested_at))
    .execute(&mut *connection)
    .await?;
    for (position, step) in (0_i32..).zip(steps) {
        sqlx::query(
            "INSERT INTO tasker.workflow_steps (workflow_step_uuid, task_uuid, position, name, handler_name, state,
                                                max_attempts, backoff_ms, depends_on)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(step.workflow_step_uuid)
        .bind(step.task_uuid)
        .bind(position)
        .bind(&step.name)
        .bind(&step.handler_name)
        .bind(step.state.as_str())
        .bind(i32::try_from(step.max_attempts).unwrap_or(i32::MAX))
        .bind(i64::try_from(step.backoff.as_millis()).unwrap_or(i64::MAX))
        .bind(&step.depends_on)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(super) async fn transition_task(
    connection: &mut PgConnection,
    task_uuid: Uuid,
    from: TaskState,
    to: TaskState,
) -> TaskerResult<()> {
    let moved = sqlx::query(
        "UPDATE tasker.tasks SET state = $3, state_since = now(), ended_at = CASE WHEN $4 THEN clock_timestamp() END
         WHERE task_uuid = $1 AND state = $2",
    )
    .bind(task_uuid)
    .bind(from.as_str())
    .bind(to.as_str())
    .bind(to.is_terminal())
    .execute(&mut *connection)
    .await?;
    if moved.rows_affected() > 0 {
        return Ok(());
    }
    let row = sqlx::query("SELECT state FROM tasker.tasks WHERE task_uuid = $1")
        .bind(task_uuid)
        .fetch_optional(connection)
        .await?;
    let row = row.ok_or(TaskerError::NotFound(task_uuid))?;
    let found = named::<TaskState>(&row, "state")?;
    Err(TaskerError::conflict(task_uuid, from.as_str(), found.as_str()))
}

pub(super) async fn transition_step(
    connection: &mut PgConnection,
    step_uuid: Uuid,
    from: WorkflowStepState,
    to: WorkflowStepState,
) -> TaskerResult<()> {
    let moved = sqlx::query("UPDATE tasker.workflow_steps SET state = $3 WHERE workflow_step_uuid = $1 AND state = $2")
        .bind(step_uuid)
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(&mut *connection)
        .await?;
    if moved.rows_affected() > 0 {
        return Ok(());
    }
    Err(step_conflict(connection, step_uuid, from).await?)
}

/// The error for a step that is not in the expected state.
pub(super) async fn step_conflict(
    connection: &mut PgConnection,
    step_uuid: Uuid,
    expected: WorkflowStepState,
) -> TaskerResult<TaskerError> {
    let row = sqlx::query("SELECT state FROM tasker.workflow_steps WHERE workflow_step_uuid = $1")
        .bind(step_uuid)
        .fetch_optional(connection)
        .await?
        .ok_or(TaskerError::NotFound(step_uuid))?;
    let found = named::<WorkflowStepState>(&row, "state")?;
    Ok(TaskerError::conflict(step_uuid, expected.as_str(), found.as_str()))
}
