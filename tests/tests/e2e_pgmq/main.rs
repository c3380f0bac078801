//! Messages of PGMQ and what they carry, on a real server.

mod batches;
mod bodies;
mod headers;
mod older;
mod queues;
mod reading;
mod sending;
mod spans;
mod steps;
mod transactions;

use std::time::Duration;

use serde_json::Value;
use sqlx::PgExecutor;
use tasker_span_runtime::{TraceContext, pgmq, task_span};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::servers::postgres::{Database, database};

/// Longer than any test takes.
const HIDDEN: Duration = Duration::from_mins(10);

/// What another sender wrote.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A database with a queue.
async fn database_with(queue: &str) -> Database {
    let database = database().await;
    database.queues().create(queue).await.unwrap();
    database
}

/// The headers as the table has them.
async fn stored_headers(database: &Database, queue: &str) -> Vec<Option<Value>> {
    sqlx::query_scalar(&format!("SELECT headers FROM pgmq.q_{queue} ORDER BY msg_id"))
        .fetch_all(database.pool())
        .await
        .unwrap()
}

/// A message with headers that no sender of ours would write.
async fn store(database: &Database, queue: &str, body: &str, headers: Option<&str>) -> i64 {
    sqlx::query_scalar("SELECT * FROM pgmq.send($1, $2::jsonb, $3::jsonb, 0)")
        .bind(queue)
        .bind(body)
        .bind(headers)
        .fetch_one(database.pool())
        .await
        .unwrap()
}

async fn bodies(executor: impl PgExecutor<'_>, queue: &str) -> Vec<Value> {
    let messages = pgmq::read(queue, HIDDEN).limit(100).fetch_all(executor).await.unwrap();
    messages
        .into_iter()
        .map(|message| message.unwrap().into_body())
        .collect()
}

/// The transition inside which steps are enqueued; returns the trace context of the `step.enqueuing` as well.
#[task_span("task.state_transition", from = "enqueuing_steps", to = "steps_in_process")]
async fn start_steps<T>(task: &Task, sending: impl Future<Output = T>) -> (TraceContext, T) {
    enqueue(task, sending).await
}

#[task_span("step.enqueuing")]
async fn enqueue<T>(task: &Task, sending: impl Future<Output = T>) -> (TraceContext, T) {
    (TraceContext::current(), sending.await)
}
