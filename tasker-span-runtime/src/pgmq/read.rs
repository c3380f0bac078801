//! Reading.

use std::marker::PhantomData;
use std::time::Duration;

use ::pgmq::PgmqError;
use ::pgmq::util::check_input;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::PgExecutor;

use super::seconds::whole_seconds;
use super::{Message, UnreadableMessage};

/// The order of the queue: the database promises none for what an update returns.
const READ: &str = "SELECT msg_id, read_ct, enqueued_at, vt, message, headers \
     FROM pgmq.read(queue_name => $1, vt => $2, qty => $3) ORDER BY msg_id";

const READ_WITH_POLL: &str = "SELECT msg_id, read_ct, enqueued_at, vt, message, headers \
     FROM pgmq.read_with_poll(queue_name => $1, vt => $2, qty => $3, max_poll_seconds => $4) ORDER BY msg_id";

/// What to read: the value of [`read`].
#[derive(Debug)]
#[must_use = "nothing is read before `fetch_optional` or `fetch_all`"]
pub struct Read<'a, M> {
    queue: &'a str,
    visibility_timeout: Duration,
    limit: i32,
    wait: Option<Duration>,
    message: PhantomData<fn() -> M>,
}

/// Reads messages with what they carry, and hides them from other readers for `visibility_timeout`.
///
/// PGMQ counts in whole seconds. A fraction is rounded up: 200 milliseconds are one second.
///
/// A worker:
///
/// ```no_run
/// use std::time::Duration;
/// use serde::Deserialize;
/// use tasker_span_runtime::pgmq::{self, Message};
/// use tasker_span_runtime::{SpanFields, Uuid, step_span};
/// # use ::pgmq::{PGMQueueExt, PgmqError};
///
/// #[derive(Deserialize, SpanFields)]
/// struct StepMessage {
///     task_uuid: Uuid,
///     correlation_id: Uuid,
///     step_uuid: Uuid,
///     handler_name: String,
///     namespace: String,
///     attempt_number: u32,
/// }
///
/// async fn work(pool: sqlx::PgPool, queues: PGMQueueExt) -> Result<(), PgmqError> {
///     loop {
///         let read = pgmq::read::<StepMessage>("worker_payments", Duration::from_secs(30));
///         if let Some(message) = read.wait(Duration::from_secs(5)).fetch_optional(&pool).await? {
///             let id = message.msg_id;
///             execute(message).await;
///             queues.archive("worker_payments", id).await?;
///         }
///     }
/// }
///
/// /// Stands under the task's root, and links to the `step.enqueuing` that sent the message.
/// #[step_span("step.execution", link = message, step = message.message)]
/// async fn execute(message: Message<StepMessage>) {
///     // …
/// }
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
    /// How many messages [`fetch_all`](Self::fetch_all) reads at most: 1 unless given.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = limit;
        self
    }

    /// Waits for a message up to so long, inside the database; rounded up to whole seconds.
    ///
    /// The wait keeps a connection to itself, and goes on in the database when this future is dropped: a message that comes
    /// then stays hidden until its visibility timeout is over. So wait for seconds, and ask between two waits whether to stop.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Reads one message, if there is one; on a pool, a connection, or inside a transaction.
    ///
    /// Inside a transaction the message stays hidden until that ends. Its rollback makes the message visible again, and
    /// takes back that `read_ct` was counted up.
    ///
    /// # Errors
    ///
    /// Where the queue does not exist, or the database fails; and where the body is no `M`, which
    /// [`UnreadableMessage::find_in`] tells apart.
    pub async fn fetch_optional<'e>(self, executor: impl PgExecutor<'e>) -> Result<Option<Message<M>>, PgmqError> {
        // What is read beyond the first would be hidden from everybody for nothing.
        let first = self.limit(1).fetch(executor).await?.pop();
        first.map(Message::decode).transpose().map_err(PgmqError::from)
    }

    /// Reads as many as there are, up to the limit, in the order of the queue.
    ///
    /// A message whose body is no `M` is an `Err` among the others, so that it does not cost the others.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use tasker_span_runtime::pgmq;
    ///
    /// # async fn work(pool: sqlx::PgPool, queues: ::pgmq::PGMQueueExt) -> Result<(), ::pgmq::PgmqError> {
    /// let read = pgmq::read::<String>("greetings", Duration::from_secs(30)).limit(10);
    /// for message in read.fetch_all(&pool).await? {
    ///     match message {
    ///         Ok(message) => println!("{}", message.message),
    ///         Err(unreadable) => {
    ///             tracing::error!("{unreadable}");
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
    /// Where the queue does not exist, or the database fails.
    pub async fn fetch_all<'e>(
        self,
        executor: impl PgExecutor<'e>,
    ) -> Result<Vec<Result<Message<M>, UnreadableMessage>>, PgmqError> {
        let messages = self.fetch(executor).await?;
        Ok(messages.into_iter().map(Message::decode).collect())
    }

    async fn fetch<'e>(self, executor: impl PgExecutor<'e>) -> Result<Vec<Message<Box<RawValue>>>, PgmqError> {
        check_input(self.queue)?;
        // With no time left `read_with_poll` does not look even once.
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
