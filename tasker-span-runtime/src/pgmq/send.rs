//! Sending.

use std::time::Duration;

use ::pgmq::PgmqError;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::PgExecutor;

/// A message to send.
#[derive(Debug)]
#[must_use = "nothing is sent before `execute`"]
pub struct Send<'a, M: ?Sized> {
    queue: &'a str,
    message: &'a M,
    delay: Duration,
    headers: Option<&'a Map<String, Value>>,
}

/// Messages to send at once.
#[derive(Debug)]
#[must_use = "nothing is sent before `execute`"]
pub struct SendBatch<'a, M> {
    queue: &'a str,
    messages: &'a [M],
    delay: Duration,
    headers: Option<&'a Map<String, Value>>,
}

/// Sends a message.
pub fn send<'a, M: Serialize + ?Sized>(queue: &'a str, message: &'a M) -> Send<'a, M> {
    Send {
        queue,
        message,
        delay: Duration::ZERO,
        headers: None,
    }
}

/// Sends messages.
pub fn send_batch<'a, M: Serialize>(queue: &'a str, messages: &'a [M]) -> SendBatch<'a, M> {
    SendBatch {
        queue,
        messages,
        delay: Duration::ZERO,
        headers: None,
    }
}

impl<'a, M: Serialize + ?Sized> Send<'a, M> {
    /// Keeps the message invisible for so long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The caller's own headers.
    pub fn headers(mut self, headers: &'a Map<String, Value>) -> Self {
        self.headers = Some(headers);
        self
    }

    /// Sends it, and returns its id.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, or the database fails.
    pub async fn execute<'e>(self, executor: impl PgExecutor<'e>) -> Result<i64, PgmqError> {
        let _ = (self, executor);
        todo!()
    }
}

impl<'a, M: Serialize> SendBatch<'a, M> {
    /// Keeps the messages invisible for so long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The caller's own headers, the same for each message.
    pub fn headers(mut self, headers: &'a Map<String, Value>) -> Self {
        self.headers = Some(headers);
        self
    }

    /// Sends them, and returns their ids in the same order.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, or the database fails.
    pub async fn execute<'e>(self, executor: impl PgExecutor<'e>) -> Result<Vec<i64>, PgmqError> {
        let _ = (self, executor);
        todo!()
    }
}
