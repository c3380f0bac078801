//! Claims of steps, and the results that close them.
//!
//! A claim is a step's columns `claimed_at` and `claimed_by`. The second is the `application_name`
//! of the connection, for operators.

use std::collections::HashMap;
use std::time::SystemTime;

use sqlx::types::Json;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::change::step_conflict;
use super::context::task;
use super::rows::StepRow;
use crate::tasker::claim::attempt_to_claim;
use crate::tasker::{
    Claim, LostAttempt, StepExecutionResult, TaskSequenceStep, TaskerError, TaskerResult, WorkflowStepState,
};

pub(super) async fn claim_step(
    connection: &mut PgConnection,
    step_uuid: Uuid,
    redelivered: bool,
) -> TaskerResult<Option<Claim>> {
    let row = sqlx::query("SELECT * FROM tasker.workflow_steps WHERE workflow_step_uuid = $1 FOR UPDATE")
        .bind(step_uuid)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(TaskerError::NotFound(step_uuid))?;
    let StepRow(latest) = StepRow::from_row(&row)?;
    let claimed_at = row.try_get::<Option<DateTime<Utc>>, _>("claimed_at")?;
    let claimed_by = row.try_get::<Option<String>, _>("claimed_by")?;
    let Some(attempt) = attempt_to_claim(&latest, claimed_at.is_some(), redelivered) else {
        return Ok(None);
    };

    // By the worker's clock, like the times of its spans.
    sqlx::query(
        "UPDATE tasker.workflow_steps
         SET attempt = $2, claimed_at = $3, claimed_by = current_setting('application_name')
         WHERE workflow_step_uuid = $1",
    )
    .bind(step_uuid)
    .bind(i32::try_from(attempt).unwrap_or(i32::MAX))
    .bind(DateTime::<Utc>::from(SystemTime::now()))
    .execute(&mut *connection)
    .await?;

    let step = TaskSequenceStep {
        task: task(connection, latest.task_uuid).await?,
        dependency_results: results(connection, &latest.depends_on).await?,
        workflow_step: latest,
    };
    let mut claimed = step.clone();
    claimed.workflow_step.attempt = Some(attempt);
    Ok(Some(Claim {
        step: claimed,
        lost: claimed_at.map(|claimed_at| LostAttempt {
            step,
            claimed_at: claimed_at.into(),
            claimed_by,
        }),
    }))
}

async fn results(connection: &mut PgConnection, steps: &[Uuid]) -> TaskerResult<HashMap<String, serde_json::Value>> {
    let results = sqlx::query_as(
        "SELECT name, result -> 'results' FROM tasker.workflow_steps
         WHERE workflow_step_uuid = ANY($1) AND result IS NOT NULL",
    )
    .bind(steps)
    .fetch_all(connection)
    .await?;
    Ok(results.into_iter().collect())
}

pub(super) async fn save_result(
    connection: &mut PgConnection,
    step_uuid: Uuid,
    attempt: u32,
    result: &StepExecutionResult,
) -> TaskerResult<()> {
    let saved = sqlx::query(
        "UPDATE tasker.workflow_steps SET result = $3, claimed_at = NULL, claimed_by = NULL
         WHERE workflow_step_uuid = $1 AND attempt = $2 AND claimed_at IS NOT NULL",
    )
    .bind(step_uuid)
    .bind(i32::try_from(attempt).unwrap_or(i32::MAX))
    .bind(Json(result))
    .execute(&mut *connection)
    .await?;
    if saved.rows_affected() > 0 {
        return Ok(());
    }
    Err(step_conflict(connection, step_uuid, WorkflowStepState::InProgress).await?)
}
