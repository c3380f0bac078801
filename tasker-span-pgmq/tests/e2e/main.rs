//! PGMQ messages on a real server. What needs no server is tested beside the code.

mod batches;
mod bodies;
mod cold_process;
mod headers;
mod links;
mod queues;
mod reading;
mod sending;
mod steps;
mod transactions;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgExecutor;
use tasker_span_pgmq::{Message, read};
use tasker_span_runtime::TraceContext;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::servers::postgres::{Database, database};

/// Longer than any test takes.
const HIDDEN: Duration = Duration::from_mins(10);

/// The context of another sender.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A database with the queue `steps`.
async fn database_with_steps() -> Database {
    let database = database().await;
    database.queues().create("steps").await.unwrap();
    database
}

/// The column `headers` of the queue `steps`.
async fn stored_headers(database: &Database) -> Vec<Option<Value>> {
    let headers = sqlx::query_scalar("SELECT headers FROM pgmq.q_steps ORDER BY msg_id");
    headers.fetch_all(database.pool()).await.unwrap()
}

/// The headers of a context inside of a task's span.
fn context_headers(trace_context: &TraceContext) -> [String; 2] {
    let tracestate = trace_context.tracestate().unwrap().to_owned();
    assert!(tracestate.starts_with("tasker=t:"), "{tracestate}");
    [trace_context.traceparent().unwrap(), tracestate]
}

/// Stores a message with headers that we would not write.
async fn store(database: &Database, body: &str, headers: Option<&str>) -> i64 {
    sqlx::query_scalar("SELECT * FROM pgmq.send('steps', $1::jsonb, $2::jsonb, 0)")
        .bind(body)
        .bind(headers)
        .fetch_one(database.pool())
        .await
        .unwrap()
}

async fn read_one<M: DeserializeOwned>(executor: impl PgExecutor<'_>, queue: &str) -> Option<Message<M>> {
    read(queue, HIDDEN).fetch_optional(executor).await.unwrap()
}

async fn read_all<M: DeserializeOwned>(executor: impl PgExecutor<'_>, queue: &str) -> Vec<Message<M>> {
    let messages = read(queue, HIDDEN).limit(100).fetch_all(executor).await.unwrap();
    messages.into_iter().map(Result::unwrap).collect()
}

async fn bodies(executor: impl PgExecutor<'_>, queue: &str) -> Vec<Value> {
    let messages = read_all(executor, queue).await;
    messages.into_iter().map(Message::into_body).collect()
}
