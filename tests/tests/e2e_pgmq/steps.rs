//! A worker's side of a step: what its message says, and what is done with it.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tasker_span_runtime::pgmq::{self, Message};
use tasker_span_runtime::{SpanFields, Uuid, step_span};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::servers::postgres::Database;

use crate::{HIDDEN, database_with};

#[derive(Debug, Deserialize, Serialize, SpanFields)]
pub(crate) struct StepMessage {
    pub(crate) task_uuid: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) step_uuid: Uuid,
    pub(crate) handler_name: String,
    pub(crate) namespace: String,
    pub(crate) attempt_number: u32,
}

impl StepMessage {
    pub(crate) fn of(task: &Task) -> Self {
        let step = task.step();
        Self {
            task_uuid: task.task_uuid,
            correlation_id: task.correlation_id,
            step_uuid: step.workflow_step_uuid,
            handler_name: step.handler,
            namespace: task.namespace_name.clone(),
            attempt_number: step.attempts,
        }
    }
}

#[step_span("step.execution", link = message, step = message.message)]
pub(crate) async fn execute(message: Message<StepMessage>, pool: &PgPool) {
    submit(message.into_body(), pool).await;
}

#[step_span("result.submission", step = result)]
async fn submit(result: StepMessage, pool: &PgPool) {
    let mut transaction = pool.begin().await.unwrap();
    pgmq::send("results", &result).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

pub(crate) async fn queues() -> Database {
    let database = database_with("steps").await;
    database.queues().create("results").await.unwrap();
    database
}

pub(crate) async fn read(database: &Database, queue: &str) -> Message<StepMessage> {
    let message = pgmq::read(queue, HIDDEN).fetch_optional(database.pool()).await;
    message.unwrap().unwrap()
}
