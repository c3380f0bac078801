//! A step on its way through the queues, as the orchestrator and a worker see it.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tasker_span_pgmq::{Message, send};
use tasker_span_runtime::{SpanFields, TraceContext, Uuid, step_span, task_span};

use crate::{Database, Task, database_with_steps, read_one};

#[derive(Debug, Deserialize, Serialize, SpanFields)]
pub(crate) struct StepMessage {
    task_uuid: Uuid,
    correlation_id: Uuid,
    step_uuid: Uuid,
    handler_name: String,
    namespace: String,
    attempt_number: u32,
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

/// Sends in a `step.enqueuing` in its transition, and returns the trace context of that span as well.
#[task_span("task.state_transition", from = "enqueuing_steps", to = "steps_in_process")]
pub(crate) async fn enqueue<T>(task: &Task, sending: impl Future<Output = T>) -> (TraceContext, T) {
    enqueue_in_transition(task, sending).await
}

#[task_span("step.enqueuing")]
async fn enqueue_in_transition<T>(task: &Task, sending: impl Future<Output = T>) -> (TraceContext, T) {
    (TraceContext::current(), sending.await)
}

#[step_span("step.execution", link = message, step = message.message)]
pub(crate) async fn execute(message: Message<StepMessage>, pool: &PgPool) {
    submit(message.into_body(), pool).await;
}

#[step_span("result.submission", step = result)]
async fn submit(result: StepMessage, pool: &PgPool) {
    let mut transaction = pool.begin().await.unwrap();
    send("results", &result).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// A database with the queues `steps` and `results`.
pub(crate) async fn database() -> Database {
    let database = database_with_steps().await;
    database.queues().create("results").await.unwrap();
    database
}

pub(crate) async fn read_step(database: &Database, queue: &str) -> Message<StepMessage> {
    read_one(database.pool(), queue).await.unwrap()
}
