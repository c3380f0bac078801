//! Reading.

use std::marker::PhantomData;
use std::time::Duration;

use ::pgmq::PgmqError;
use serde::de::DeserializeOwned;
use sqlx::PgExecutor;

use super::Message;

/// What to read.
#[derive(Debug)]
#[must_use = "nothing is read before `fetch_optional` or `fetch_all`"]
pub struct Read<'a, M> {
    queue: &'a str,
    visibility_timeout: Duration,
    limit: i32,
    wait: Option<Duration>,
    message: PhantomData<fn() -> M>,
}

/// Reads messages, and hides them from other readers for `visibility_timeout`.
pub fn read<M: DeserializeOwned>(queue: &str, visibility_timeout: Duration) -> Read<'_, M> {
    Read {
        queue,
        visibility_timeout,
        limit: 1,
        wait: None,
        message: PhantomData,
    }
}

impl<M: DeserializeOwned> Read<'_, M> {
    /// How many messages [`fetch_all`](Self::fetch_all) reads at most.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = limit;
        self
    }

    /// Waits for messages up to so long, inside the database.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Reads one message, if there is one.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, the message is no `M`, or the database fails.
    pub async fn fetch_optional<'e>(self, executor: impl PgExecutor<'e>) -> Result<Option<Message<M>>, PgmqError> {
        let _ = (self, executor);
        todo!()
    }

    /// Reads as many as there are, up to the limit.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, a message is no `M`, or the database fails.
    pub async fn fetch_all<'e>(self, executor: impl PgExecutor<'e>) -> Result<Vec<Message<M>>, PgmqError> {
        let _ = (self, executor);
        todo!()
    }
}
