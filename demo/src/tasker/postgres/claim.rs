//! Who works on a step.
//!
//! A claim is open from its commit to that of the attempt's result. The columns `claimed_at` and `claimed_by` tell an
//! operator since when and by which process; the second is the connection's `application_name`.

use std::collections::HashMap;
use std::time::SystemTime;

use sqlx::types::Json;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::change::step_conflict;
use super::context::task;
use super::rows::StepRow;
use crate::tasker::{
    Claim, LostAttempt, StepExecutionResult, TaskSequenceStep, TaskerError, TaskerResult, WorkflowStep,
    WorkflowStepState,
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
    let open_since = row.try_get::<Option<DateTime<Utc>>, _>("claimed_at")?;
    let Some(attempt) = attempt_to_claim(&latest, open_since.is_some(), redelivered) else {
        return Ok(None);
    };

    // By the worker's clock, as the times of the spans that it will record under the attempt.
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
        lost: open_since.map(|claimed_at| LostAttempt {
            step,
            claimed_at: claimed_at.into(),
        }),
    }))
}

/// The number of the attempt that a claim is for, if the step is to be had at all.
fn attempt_to_claim(step: &WorkflowStep, is_open: bool, redelivered: bool) -> Option<u32> {
    let is_wanted = matches!(step.state, WorkflowStepState::Enqueued | WorkflowStepState::InProgress);
    if !is_wanted || (is_open && !redelivered) {
        return None;
    }
    let latest = step.attempt.unwrap_or_default();
    let is_used_up = is_open && latest >= step.max_attempts;
    Some(if is_used_up { latest } else { latest + 1 })
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_enqueued_step_is_claimed_once() {
        let mut step = step(WorkflowStepState::Enqueued);
        assert_eq!(attempt_to_claim(&step, false, false), Some(1));
        step.attempt = Some(1);
        assert_eq!(attempt_to_claim(&step, true, false), None, "by a worker that lives");
        assert_eq!(attempt_to_claim(&step, true, true), Some(2), "its worker died");
        assert_eq!(
            attempt_to_claim(&step, false, false),
            Some(2),
            "it failed and is tried again"
        );
    }

    #[test]
    fn the_last_attempt_is_claimed_again_to_report_its_loss() {
        let mut step = step(WorkflowStepState::InProgress);
        step.attempt = Some(2);
        assert_eq!(attempt_to_claim(&step, true, true), Some(2));
    }

    #[test]
    fn a_step_that_is_done_or_cancelled_is_not_to_be_had() {
        for state in [
            WorkflowStepState::Pending,
            WorkflowStepState::EnqueuedForOrchestration,
            WorkflowStepState::Complete,
            WorkflowStepState::Cancelled,
        ] {
            assert_eq!(attempt_to_claim(&step(state), false, true), None, "{state}");
        }
    }

    fn step(state: WorkflowStepState) -> WorkflowStep {
        WorkflowStep {
            workflow_step_uuid: Uuid::now_v7(),
            task_uuid: Uuid::now_v7(),
            name: "charge_payment".to_owned(),
            handler_name: "charge_payment".to_owned(),
            state,
            attempt: None,
            max_attempts: 2,
            backoff: Duration::ZERO,
            depends_on: Vec::new(),
            result: None,
        }
    }
}
