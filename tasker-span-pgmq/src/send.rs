//! Sending one message. Several at once are in `batch`.

use std::fmt;
use std::time::Duration;

use pgmq::PgmqError;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::PgExecutor;
use sqlx::types::Json;
use tasker_span_runtime::{TraceContext, record_sent_message};

use crate::message::SYSTEM;
use crate::seconds::whole_seconds;
use crate::{body, headers, queue};

const SEND: &str = "SELECT * FROM pgmq.send(queue_name => $1, msg => $2, headers => $3, delay => $4)";

/// A message to send, returned by [`send`].
#[must_use = "nothing is sent before `execute`"]
pub struct Send<'a, M: ?Sized> {
    queue: &'a str,
    message: &'a M,
    delay: Duration,
    headers: Option<&'a Map<String, Value>>,
}

/// Sends a message with the trace context of the span that is active during
/// [`execute`](Send::execute).
///
/// The context is written to the headers `traceparent` and `tracestate`. The sender's span gets the
/// attributes of a producer, as by [`record_sent_message`].
///
/// ```no_run
/// # async fn work(pool: sqlx::PgPool) -> Result<(), pgmq::PgmqError> {
/// let mut transaction = pool.begin().await?;
/// let id = tasker_span_pgmq::send("greetings", "Good morning").execute(&mut *transaction).await?;
/// transaction.commit().await?;
/// println!("sent as {id}");
/// # Ok(())
/// # }
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
    /// Hides the message for this long. PGMQ counts in whole seconds; a fraction is rounded up.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Headers of your own. If they have a `traceparent` or a `tracestate`, in upper or lower case,
    /// no trace context is added.
    ///
    /// ```no_run
    /// use serde_json::{Map, json};
    ///
    /// # async fn work(pool: sqlx::PgPool) -> Result<(), pgmq::PgmqError> {
    /// let headers = Map::from_iter([("x-pgmq-group".to_owned(), json!("customer-7"))]);
    /// let send = tasker_span_pgmq::send("greetings", "Good morning").headers(&headers);
    /// send.execute(&pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers(mut self, headers: &'a Map<String, Value>) -> Self {
        self.headers = Some(headers);
        self
    }

    /// Sends the message on a pool, on a connection or in a transaction, and returns its id.
    ///
    /// # Errors
    ///
    /// If the queue does not exist, the message cannot be written as JSON, or the database fails.
    pub async fn execute<'e>(self, executor: impl PgExecutor<'e>) -> Result<i64, PgmqError> {
        queue::check(self.queue)?;
        let message = body::encode(self.message)?;
        let headers = headers::with_trace_context(self.headers, &TraceContext::current());
        let id: i64 = sqlx::query_scalar(SEND)
            .bind(self.queue)
            .bind(Json(message))
            .bind(headers.map(Json))
            .bind(whole_seconds(self.delay))
            .fetch_one(executor)
            .await?;
        record_sent_message(SYSTEM, self.queue, &id.to_string());
        Ok(id)
    }
}

/// Without the body and the values of headers.
impl<M: ?Sized> fmt::Debug for Send<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send")
            .field("queue", &self.queue)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
