//! Reading messages. Archiving and deleting them is left to the `pgmq` crate.

use std::marker::PhantomData;
use std::time::Duration;

use pgmq::PgmqError;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::PgExecutor;

use crate::seconds::whole_seconds;
use crate::{Message, UnreadableMessage, queue};

// Ordered, because the database promises no order for the rows of an update.
const READ: &str = "SELECT msg_id, read_ct, enqueued_at, vt, message, headers \
     FROM pgmq.read(queue_name => $1, vt => $2, qty => $3) ORDER BY msg_id";

const READ_WITH_POLL: &str = "SELECT msg_id, read_ct, enqueued_at, vt, message, headers \
     FROM pgmq.read_with_poll(queue_name => $1, vt => $2, qty => $3, max_poll_seconds => $4) ORDER BY msg_id";

/// What to read, returned by [`read`].
#[derive(Debug)]
#[must_use = "nothing is read before `fetch_optional` or `fetch_all`"]
pub struct Read<'a, M> {
    queue: &'a str,
    visibility_timeout: Duration,
    limit: i32,
    wait: Option<Duration>,
    message: PhantomData<fn() -> M>,
}

/// Reads messages with their trace context, and hides them from other readers for
/// `visibility_timeout`.
///
/// The task's `correlation_id` and `namespace`, which the sender's span sent along, are inserted into the identity cache: spans
/// that know the task's UUID alone find them, also in a process that has just started.
///
/// PGMQ counts in whole seconds; a fraction is rounded up. A message that is neither deleted nor
/// archived comes back after that time, with a higher `read_ct`.
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn work(pool: sqlx::PgPool) -> Result<(), pgmq::PgmqError> {
/// let read = tasker_span_pgmq::read::<String>("greetings", Duration::from_secs(30));
/// let message = read.wait(Duration::from_secs(5)).fetch_optional(&pool).await?;
/// # drop(message);
/// # Ok(())
/// # }
/// ```
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
    /// The most messages that [`fetch_all`](Self::fetch_all) reads. The default is 1.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = limit;
        self
    }

    /// Waits up to this long for a message, inside the database; rounded up to whole seconds.
    ///
    /// The wait occupies a connection, and continues in the database if this future is dropped. A
    /// message that arrives then stays hidden until its visibility timeout is over. So wait for a few
    /// seconds at a time, and check between two waits whether to stop.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Reads one message, if there is one, on a pool, on a connection or in a transaction.
    ///
    /// In a transaction the message stays hidden until the transaction ends. A rollback makes the
    /// message visible again, and resets `read_ct`.
    ///
    /// # Errors
    ///
    /// If the queue does not exist, the database fails, or the body is not an `M`, which
    /// [`UnreadableMessage::find_in`] recognises.
    pub async fn fetch_optional<'e>(self, executor: impl PgExecutor<'e>) -> Result<Option<Message<M>>, PgmqError> {
        // A second message would be hidden from other readers, and not returned to this one.
        let first = self.limit(1).fetch(executor).await?.pop();
        first.map(Message::decode).transpose().map_err(PgmqError::from)
    }

    /// Reads the available messages, up to the limit, in the order of the queue.
    ///
    /// A message whose body is not an `M` is an `Err` among the others, which are still read.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn work(pool: sqlx::PgPool, queues: pgmq::PGMQueueExt) -> Result<(), pgmq::PgmqError> {
    /// let read = tasker_span_pgmq::read::<String>("greetings", Duration::from_secs(30)).limit(10);
    /// for message in read.fetch_all(&pool).await? {
    ///     match message {
    ///         Ok(message) => println!("{}", message.message),
    ///         Err(unreadable) => {
    ///             tracing::error!("{unreadable}; archived");
    ///             queues.archive("greetings", unreadable.message().msg_id).await?;
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue does not exist, or the database fails.
    pub async fn fetch_all<'e>(
        self,
        executor: impl PgExecutor<'e>,
    ) -> Result<Vec<Result<Message<M>, UnreadableMessage>>, PgmqError> {
        let messages = self.fetch(executor).await?;
        Ok(messages.into_iter().map(Message::decode).collect())
    }

    async fn fetch<'e>(self, executor: impl PgExecutor<'e>) -> Result<Vec<Message<Box<RawValue>>>, PgmqError> {
        queue::check(self.queue)?;
        // `read_with_poll` does not look even once if its time is zero.
        let wait = self.wait.map(whole_seconds).filter(|seconds| *seconds > 0);
        let query = sqlx::query(if wait.is_some() { READ_WITH_POLL } else { READ })
            .bind(self.queue)
            .bind(whole_seconds(self.visibility_timeout))
            .bind(self.limit);
        let query = match wait {
            Some(seconds) => query.bind(seconds),
            None => query,
        };
        let rows = query.fetch_all(executor).await?;
        rows.iter().map(|row| Message::from_row(self.queue, row)).collect()
    }
}
