//! Sending.

use std::time::Duration;

use ::pgmq::PgmqError;
use ::pgmq::util::check_input;
use serde::Serialize;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};
use sqlx::PgExecutor;
use sqlx::types::Json;

use super::seconds::whole_seconds;
use super::{SYSTEM, headers};
use crate::messaging;
use crate::propagation::TraceContext;

const SEND: &str = "SELECT * FROM pgmq.send(queue_name => $1, msg => $2, headers => $3, delay => $4)";

/// A message to send: the value of [`send`].
#[derive(Debug)]
#[must_use = "nothing is sent before `execute`"]
pub struct Send<'a, M: ?Sized> {
    queue: &'a str,
    message: &'a M,
    delay: Duration,
    headers: Option<&'a Map<String, Value>>,
}

/// Sends a message with the context of the current span.
///
/// The span is the one around [`execute`](Send::execute). Its context goes into the headers `traceparent` and `tracestate`, so
/// that whoever processes the message can link to it. And the span of kind producer around it, `step.enqueuing` or
/// `result.submission`, tells where to and under which id the message was sent.
///
/// A transaction that commits the state of a step and the message about it together:
///
/// ```no_run
/// use serde::Serialize;
/// use tasker_span_runtime::pgmq;
/// use tasker_span_runtime::{SpanFields, Uuid, step_span};
/// # use ::pgmq::PgmqError;
/// # async fn save(_: &mut sqlx::PgConnection, _: &StepResult) -> Result<(), sqlx::Error> { Ok(()) }
///
/// #[derive(Serialize, SpanFields)]
/// struct StepResult {
///     task_uuid: Uuid,
///     correlation_id: Uuid,
///     step_uuid: Uuid,
///     namespace: String,
/// }
///
/// #[step_span("result.submission", step = result)]
/// async fn submit(pool: &sqlx::PgPool, result: &StepResult) -> Result<(), PgmqError> {
///     let mut transaction = pool.begin().await?;
///     save(&mut transaction, result).await?;
///     pgmq::send("results", result).execute(&mut *transaction).await?;
///     transaction.commit().await?;
///     Ok(())
/// }
/// ```
pub fn send<'a, M: Serialize + ?Sized>(queue: &'a str, message: &'a M) -> Send<'a, M> {
    Send {
        queue,
        message,
        delay: Duration::ZERO,
        headers: None,
    }
}

impl<'a, M: Serialize + ?Sized> Send<'a, M> {
    /// Keeps the message invisible for so long. PGMQ counts in whole seconds: a fraction is rounded up.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The caller's own headers. Where they have a `traceparent` or a `tracestate`, they stay as they are.
    ///
    /// ```no_run
    /// use serde_json::{Map, json};
    /// use tasker_span_runtime::pgmq;
    ///
    /// # async fn work(pool: sqlx::PgPool) -> Result<(), ::pgmq::PgmqError> {
    /// let headers = Map::from_iter([("x-pgmq-group".to_owned(), json!("customer-7"))]);
    /// pgmq::send("greetings", "Good morning").headers(&headers).execute(&pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers(mut self, headers: &'a Map<String, Value>) -> Self {
        self.headers = Some(headers);
        self
    }

    /// Sends it on a pool, a connection, or inside a transaction, and returns its id.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, the message cannot be written as JSON, or the database fails.
    pub async fn execute<'e>(self, executor: impl PgExecutor<'e>) -> Result<i64, PgmqError> {
        check_input(self.queue)?;
        let message = to_raw_value(self.message)?;
        let headers = headers::with_trace_context(self.headers, &TraceContext::current());
        let id = sqlx::query_scalar(SEND)
            .bind(self.queue)
            .bind(Json(message))
            .bind(headers.map(Json))
            .bind(whole_seconds(self.delay))
            .fetch_one(executor)
            .await?;
        messaging::sent(SYSTEM, self.queue, &[id]);
        Ok(id)
    }
}
