//! Decoding of bodies, and the message whose body is not what the reader expects.

use std::any::type_name;
use std::error::Error;
use std::fmt;

use pgmq::PgmqError;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::Message;
use crate::queue::printable;

/// A message that was read, but whose body is not of the expected type: a poison message.
///
/// It comes back each time its visibility timeout is over, so archive or delete it:
///
/// ```no_run
/// # use std::time::Duration;
/// # use tasker_span_pgmq::{UnreadableMessage, read};
/// # async fn work(pool: sqlx::PgPool, queues: pgmq::PGMQueueExt) -> Result<(), pgmq::PgmqError> {
/// match read::<String>("payments", Duration::from_secs(30)).fetch_optional(&pool).await {
///     Ok(message) => drop(message),
///     Err(error) => match UnreadableMessage::find_in(&error) {
///         Some(unreadable) => {
///             let message = unreadable.message();
///             tracing::error!("{unreadable}; archived");
///             queues.archive(&message.queue, message.msg_id).await?;
///         }
///         None => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
///
/// Its `Display` and its `Debug` show no content of the message, so it can be logged: they name the message, the queue, the
/// expected type, and the position of the mistake in the body.
pub struct UnreadableMessage(Box<Unreadable>);

struct Unreadable {
    message: Message<Box<RawValue>>,
    expected: &'static str,
    error: serde_json::Error,
}

impl UnreadableMessage {
    /// The unreadable message in an error of [`fetch_optional`](crate::Read::fetch_optional), if
    /// the error is about one.
    ///
    /// ```
    /// use pgmq::PgmqError;
    /// use tasker_span_pgmq::UnreadableMessage;
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

    /// The message, with the JSON text of its body.
    pub fn message(&self) -> &Message<Box<RawValue>> {
        &self.0.message
    }

    /// The mistake in the body, in serde's words. They may quote the body: log the [`UnreadableMessage`] instead.
    pub fn error(&self) -> &serde_json::Error {
        &self.0.error
    }
}

impl Message<Box<RawValue>> {
    pub(crate) fn decode<M: DeserializeOwned>(self) -> Result<Message<M>, UnreadableMessage> {
        match serde_json::from_str(self.message.get()) {
            Ok(body) => Ok(self.map(|_| body)),
            Err(error) => Err(UnreadableMessage(Box::new(Unreadable {
                message: self,
                expected: type_name::<M>(),
                error,
            }))),
        }
    }
}

/// Shows no content of the message.
impl fmt::Display for UnreadableMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable {
            message,
            expected,
            error,
        } = &*self.0;
        let (id, queue) = (message.msg_id, printable(&message.queue));
        let problem = match error.classify() {
            Category::Data => "the body is JSON of another type",
            Category::Syntax => "the body is JSON that serde cannot read",
            Category::Eof => "the body ends too early",
            Category::Io => "the body cannot be read",
        };
        let (line, column) = (error.line(), error.column());
        write!(
            f,
            "message {id} of the queue `{queue}` is unreadable: {problem}, at line {line}, column {column}: expected `{expected}`"
        )
    }
}

/// Shows no content of the message.
impl fmt::Debug for UnreadableMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable {
            message,
            expected,
            error,
        } = &*self.0;
        f.debug_struct("UnreadableMessage")
            .field("message", message)
            .field("expected", expected)
            .field("category", &error.classify())
            .field("line", &error.line())
            .field("column", &error.column())
            .finish_non_exhaustive()
    }
}

/// Without a source: reporters print sources, and serde's error quotes the body.
impl Error for UnreadableMessage {}

/// The variant that the `pgmq` crate itself returns for such a body.
impl From<UnreadableMessage> for PgmqError {
    fn from(unreadable: UnreadableMessage) -> Self {
        Self::DatabaseError(sqlx::Error::ColumnDecode {
            index: "message".to_owned(),
            source: Box::new(unreadable),
        })
    }
}
