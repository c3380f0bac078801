//! Sending several messages in one statement. A single message is in `send`.

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

const SEND_BATCH: &str = "SELECT * FROM pgmq.send_batch(queue_name => $1, msgs => $2, headers => $3, delay => $4)";

/// Messages to send at once, returned by [`send_batch`].
#[must_use = "nothing is sent before `execute`"]
pub struct SendBatch<'a, M> {
    queue: &'a str,
    messages: &'a [M],
    delay: Duration,
    headers: Headers<'a>,
}

#[derive(Clone, Copy)]
enum Headers<'a> {
    None,
    Same(&'a Map<String, Value>),
    Each(&'a [Map<String, Value>]),
}

/// Sends messages as [`send`](crate::send()) does, all or none, in one statement.
///
/// ```no_run
/// # async fn work(pool: sqlx::PgPool) -> Result<(), pgmq::PgmqError> {
/// let greetings = ["Good morning", "Good night"];
/// let ids = tasker_span_pgmq::send_batch("greetings", &greetings).execute(&pool).await?;
/// assert_eq!(ids.len(), 2);
/// # Ok(())
/// # }
/// ```
pub fn send_batch<'a, M: Serialize>(queue: &'a str, messages: &'a [M]) -> SendBatch<'a, M> {
    SendBatch {
        queue,
        messages,
        delay: Duration::ZERO,
        headers: Headers::None,
    }
}

impl<'a, M: Serialize> SendBatch<'a, M> {
    /// Hides the messages for this long. PGMQ counts in whole seconds; a fraction is rounded up.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Headers of your own, the same for each message; see [`Send::headers`](crate::Send::headers).
    pub fn headers(mut self, headers: &'a Map<String, Value>) -> Self {
        self.headers = Headers::Same(headers);
        self
    }

    /// Headers of your own, one map for each message, such as the groups of FIFO reading.
    ///
    /// ```no_run
    /// use serde_json::{Map, json};
    ///
    /// # async fn work(pool: sqlx::PgPool) -> Result<(), pgmq::PgmqError> {
    /// let group = |name: &str| Map::from_iter([("x-pgmq-group".to_owned(), json!(name))]);
    /// let headers = [group("customer-7"), group("customer-8")];
    /// let batch = tasker_span_pgmq::send_batch("greetings", &["Good morning", "Good night"]);
    /// batch.headers_each(&headers).execute(&pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers_each(mut self, headers: &'a [Map<String, Value>]) -> Self {
        self.headers = Headers::Each(headers);
        self
    }

    /// Sends the messages on a pool, on a connection or in a transaction, and returns their ids in
    /// the same order. An empty batch sends nothing and is not an error.
    ///
    /// # Errors
    ///
    /// If the queue does not exist, a message cannot be written as JSON, the database fails, or the
    /// number of maps in `headers_each` is not the number of messages. Nothing is sent then.
    pub async fn execute<'e>(self, executor: impl PgExecutor<'e>) -> Result<Vec<i64>, PgmqError> {
        queue::check(self.queue)?;
        if self.messages.is_empty() {
            return Ok(Vec::new());
        }
        let messages = self.messages.iter().map(|message| body::encode(message).map(Json));
        let messages = messages.collect::<Result<Vec<_>, PgmqError>>()?;
        let ids: Vec<i64> = sqlx::query_scalar(SEND_BATCH)
            .bind(self.queue)
            .bind(messages)
            .bind(self.headers.with_trace_context(self.messages.len()))
            .bind(whole_seconds(self.delay))
            .fetch_all(executor)
            .await?;
        for id in &ids {
            record_sent_message(SYSTEM, self.queue, &id.to_string());
        }
        Ok(ids)
    }
}

impl Headers<'_> {
    /// One for each message; of `Each` as many as the caller gave, because PGMQ compares the numbers.
    fn with_trace_context(self, messages: usize) -> Vec<Option<Json<Map<String, Value>>>> {
        let trace_context = TraceContext::current();
        let add = |own| headers::with_trace_context(own, &trace_context).map(Json);
        match self {
            Self::None => vec![add(None); messages],
            Self::Same(own) => vec![add(Some(own)); messages],
            Self::Each(own) => own.iter().map(|own| add(Some(own))).collect(),
        }
    }
}

/// Without the bodies and the values of headers.
impl<M> fmt::Debug for SendBatch<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendBatch")
            .field("queue", &self.queue)
            .field("count", &self.messages.len())
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
