//! A message whose body is not what the reader expects.

use std::error::Error;
use std::fmt;

use ::pgmq::PgmqError;
use serde_json::value::RawValue;

use super::Message;

/// A message that was read, but whose body is not what was asked for: a poison message.
///
/// It stays in its queue, hidden for the visibility timeout like every message that is read, and comes back again and again.
/// So whoever meets one should put it aside:
///
/// ```no_run
/// # use std::time::Duration;
/// # use tasker_span_runtime::pgmq::{UnreadableMessage, read};
/// # use tasker_span_runtime::Uuid;
/// # async fn work(pool: sqlx::PgPool, queues: pgmq::PGMQueueExt) -> Result<(), pgmq::PgmqError> {
/// match read::<String>("payments", Duration::from_secs(30)).fetch_optional(&pool).await {
///     Ok(message) => drop(message),
///     Err(error) => match UnreadableMessage::find_in(&error) {
///         Some(unreadable) => {
///             let message = unreadable.message();
///             tracing::error!(body = message.message.get(), "{unreadable}");
///             queues.archive(&message.queue, message.msg_id).await?;
///         }
///         None => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnreadableMessage(Box<Unreadable>);

#[derive(Debug)]
struct Unreadable {
    message: Message<Box<RawValue>>,
    error: serde_json::Error,
}

impl UnreadableMessage {
    pub(super) fn new(message: Message<Box<RawValue>>, error: serde_json::Error) -> Self {
        Self(Box::new(Unreadable { message, error }))
    }

    /// The one that an error of [`fetch_optional`](super::Read::fetch_optional) is about, if any.
    ///
    /// ```
    /// use pgmq::PgmqError;
    /// use tasker_span_runtime::pgmq::UnreadableMessage;
    ///
    /// let error = PgmqError::from(sqlx::Error::PoolTimedOut);
    /// assert!(UnreadableMessage::find_in(&error).is_none());
    /// ```
    pub fn find_in(error: &PgmqError) -> Option<&Self> {
        match error {
            PgmqError::DatabaseError(sqlx::Error::ColumnDecode { source, .. }) => source.downcast_ref(),
            _ => None,
        }
    }

    /// The message, its body as the JSON text that it is.
    pub fn message(&self) -> &Message<Box<RawValue>> {
        &self.0.message
    }

    /// What is wrong with the body.
    pub fn error(&self) -> &serde_json::Error {
        &self.0.error
    }
}

/// Names the message and what is wrong with it; of the body it shows no more than serde's own message does.
impl fmt::Display for UnreadableMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable { message, error } = &*self.0;
        let (id, queue) = (message.msg_id, &message.queue);
        write!(f, "message {id} of the queue `{queue}` is unreadable: {error}")
    }
}

impl Error for UnreadableMessage {}

/// The variant that the `pgmq` crate's own reading gives.
impl From<UnreadableMessage> for PgmqError {
    fn from(unreadable: UnreadableMessage) -> Self {
        Self::DatabaseError(sqlx::Error::ColumnDecode {
            index: "message".to_owned(),
            source: Box::new(unreadable),
        })
    }
}
