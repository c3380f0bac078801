//! Sending several messages at once.

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

const SEND_BATCH: &str = "SELECT * FROM pgmq.send_batch(queue_name => $1, msgs => $2, headers => $3, delay => $4)";

/// Messages to send at once: the value of [`send_batch`].
#[derive(Debug)]
#[must_use = "nothing is sent before `execute`"]
pub struct SendBatch<'a, M> {
    queue: &'a str,
    messages: &'a [M],
    delay: Duration,
    headers: Headers<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Headers<'a> {
    None,
    Same(&'a Map<String, Value>),
    Each(&'a [Map<String, Value>]),
}

/// Sends messages with the context of the current span, all of them or none: as [`send`](super::send()), in one statement.
///
/// ```no_run
/// use tasker_span_runtime::pgmq;
///
/// # async fn work(pool: sqlx::PgPool) -> Result<(), ::pgmq::PgmqError> {
/// let ids = pgmq::send_batch("greetings", &["Good morning", "Good night"]).execute(&pool).await?;
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
    /// Keeps the messages invisible for so long. PGMQ counts in whole seconds: a fraction is rounded up.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The caller's own headers, the same for each message.
    pub fn headers(mut self, headers: &'a Map<String, Value>) -> Self {
        self.headers = Headers::Same(headers);
        self
    }

    /// The caller's own headers, one map for each message: groups of FIFO reading, for instance.
    ///
    /// ```no_run
    /// use serde_json::{Map, json};
    /// use tasker_span_runtime::pgmq;
    ///
    /// # async fn work(pool: sqlx::PgPool) -> Result<(), ::pgmq::PgmqError> {
    /// let group = |customer: u32| Map::from_iter([("x-pgmq-group".to_owned(), json!(customer.to_string()))]);
    /// let headers = [group(7), group(8)];
    /// pgmq::send_batch("greetings", &["Good morning", "Good night"]).headers_each(&headers).execute(&pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers_each(mut self, headers: &'a [Map<String, Value>]) -> Self {
        self.headers = Headers::Each(headers);
        self
    }

    /// Sends them on a pool, a connection, or inside a transaction, and returns their ids in the same order. No messages are
    /// no error.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, a message cannot be written as JSON, the database fails, or `headers_each` gave not as many as
    /// there are messages. Nothing is sent then.
    pub async fn execute<'e>(self, executor: impl PgExecutor<'e>) -> Result<Vec<i64>, PgmqError> {
        check_input(self.queue)?;
        if self.messages.is_empty() {
            return Ok(Vec::new());
        }
        let messages = self.messages.iter().map(|message| to_raw_value(message).map(Json));
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<i64> = sqlx::query_scalar(SEND_BATCH)
            .bind(self.queue)
            .bind(messages)
            .bind(self.headers.with_trace_context(self.messages.len()))
            .bind(whole_seconds(self.delay))
            .fetch_all(executor)
            .await?;
        messaging::sent(SYSTEM, self.queue, &ids);
        Ok(ids)
    }
}

impl Headers<'_> {
    /// As many as there are messages, but of those of the caller's own as many as were given: PGMQ compares.
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
