//! What the database knows of steps and of processes.

use uuid::Uuid;

use crate::shop::Shop;

/// A step, and how often it was attempted.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Step {
    pub(crate) task_uuid: Uuid,
    #[sqlx(rename = "workflow_step_uuid")]
    pub(crate) uuid: Uuid,
    pub(crate) attempts: i32,
    /// Why it failed for good.
    pub(crate) error_type: Option<String>,
}

/// A step, and the number of the attempt that a worker has claimed.
pub(crate) type Claim = (Uuid, i32);

pub(crate) fn steps(shop: &Shop) -> Vec<Step> {
    shop.with_database(async |pool| {
        let steps = "SELECT task_uuid, workflow_step_uuid, coalesce(attempt, 0) AS attempts,
                            CASE WHEN state = 'error' THEN result -> 'error' ->> 'error_type' END AS error_type
                     FROM tasker.workflow_steps";
        sqlx::query_as(steps).fetch_all(pool).await
    })
}

/// The attempts at all steps so far.
pub(crate) fn attempts(shop: &Shop) -> i64 {
    shop.with_database(async |pool| {
        let attempts = "SELECT coalesce(sum(attempt), 0) FROM tasker.workflow_steps";
        sqlx::query_scalar(attempts).fetch_one(pool).await
    })
}

/// The commits so far of which the history has a row.
pub(crate) fn commits(shop: &Shop) -> i64 {
    shop.with_database(async |pool| sqlx::query_scalar("SELECT count(*) FROM history").fetch_one(pool).await)
}

pub(crate) fn count_tasks(shop: &Shop, condition: &str) -> i64 {
    shop.with_database(async |pool| {
        let count = format!("SELECT count(*) FROM tasker.tasks WHERE {condition}");
        sqlx::query_scalar(&count).fetch_one(pool).await
    })
}

pub(crate) fn claims(shop: &Shop, worker: &str) -> Vec<Claim> {
    shop.with_database(async |pool| {
        let claims = "SELECT workflow_step_uuid, attempt FROM tasker.workflow_steps WHERE claimed_by = $1";
        sqlx::query_as(claims).bind(worker).fetch_all(pool).await
    })
}

/// The number of the process's connections in this state.
pub(crate) fn connections(shop: &Shop, process: &str, state: &str) -> i64 {
    shop.with_database(async |pool| {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = $2";
        sqlx::query_scalar(count)
            .bind(process)
            .bind(state)
            .fetch_one(pool)
            .await
    })
}
