//! A message as it was read, and the link to its sender. Decoding its body is in `unreadable`.

use std::fmt;
use std::ops::Deref;
use std::time::SystemTime;

use pgmq::PgmqError;
use serde_json::Value;
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tasker_span_runtime::{AsLink, Links, TraceContext};

use crate::headers;

/// The `messaging.system` of PGMQ.
pub(crate) const SYSTEM: &str = "pgmq";

/// A message of a queue: the `pgmq` crate's own, with its queue, its headers and the trace context.
///
/// It dereferences to [`pgmq::Message`], which has `msg_id`, `read_ct`, and the body in `message`.
/// As the value of `link = …` it links the span to the sender's, and gives it the attributes of a
/// consumer, with the time in the queue and the number of deliveries.
///
/// Its `Debug` shows neither the body nor the headers, so it can be logged.
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn work(pool: sqlx::PgPool) -> Result<(), pgmq::PgmqError> {
/// let read = tasker_span_pgmq::read::<String>("greetings", Duration::from_secs(30));
/// if let Some(message) = read.fetch_optional(&pool).await? {
///     println!("{}, read {} times: {}", message.msg_id, message.read_ct, message.message);
///     println!("sent in the trace {:?}", message.trace_context.trace_id());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Message<M> {
    /// The message as the `pgmq` crate reads it.
    pub inner: pgmq::Message<M>,
    /// The queue that it was read from.
    pub queue: String,
    /// All of its headers. Also `None` if a [`Value`] cannot hold them: more than 128 levels deep,
    /// or with a number beyond `f64`.
    pub headers: Option<Value>,
    /// The context of the span that sent it. Empty if the headers have no valid context. What it tells of the task is in the
    /// identity cache since the message was read.
    pub trace_context: TraceContext,
}

impl<M> Message<M> {
    /// The body alone.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tasker_span_pgmq::{Message, read};
    /// # async fn work(pool: sqlx::PgPool) -> Result<Option<String>, pgmq::PgmqError> {
    /// let message = read::<String>("greetings", Duration::from_secs(30)).fetch_optional(&pool).await?;
    /// Ok(message.map(Message::into_body))
    /// # }
    /// ```
    pub fn into_body(self) -> M {
        self.inner.message
    }

    /// The message with another body.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tasker_span_pgmq::{Message, read};
    /// # async fn work(pool: sqlx::PgPool) -> Result<Option<Message<usize>>, pgmq::PgmqError> {
    /// let message = read::<String>("greetings", Duration::from_secs(30)).fetch_optional(&pool).await?;
    /// Ok(message.map(|message| message.map(|text| text.len())))
    /// # }
    /// ```
    pub fn map<N>(self, change: impl FnOnce(M) -> N) -> Message<N> {
        let pgmq::Message {
            msg_id,
            vt,
            enqueued_at,
            read_ct,
            message,
        } = self.inner;
        Message {
            inner: pgmq::Message {
                msg_id,
                vt,
                enqueued_at,
                read_ct,
                message: change(message),
            },
            queue: self.queue,
            headers: self.headers,
            trace_context: self.trace_context,
        }
    }
}

impl Message<Box<RawValue>> {
    /// Reads a row of `pgmq.message_record`.
    pub(crate) fn from_row(queue: &str, row: &PgRow) -> Result<Self, PgmqError> {
        let body: Option<Json<Box<RawValue>>> = row.try_get("message")?;
        let headers: Option<Json<&RawValue>> = row.try_get("headers")?;
        let (headers, trace_context) = headers::read(headers.map(|Json(headers)| headers));
        // For spans of the message's task that do not link to the message.
        trace_context.insert_identity();
        Ok(Self {
            inner: pgmq::Message {
                msg_id: row.try_get("msg_id")?,
                vt: row.try_get("vt")?,
                enqueued_at: row.try_get("enqueued_at")?,
                read_ct: row.try_get("read_ct")?,
                // SQL's `NULL` means the same to a reader as JSON's.
                message: body.map_or_else(|| RawValue::NULL.to_owned(), |Json(body)| body),
            },
            queue: queue.to_owned(),
            headers,
            trace_context,
        })
    }
}

/// Without the body and the headers.
impl<M> fmt::Debug for Message<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("queue", &self.queue)
            .field("msg_id", &self.inner.msg_id)
            .field("read_ct", &self.inner.read_ct)
            .field("enqueued_at", &self.inner.enqueued_at)
            .field("vt", &self.inner.vt)
            .field("trace_id", &self.trace_context.trace_id())
            .finish_non_exhaustive()
    }
}

impl<M> Deref for Message<M> {
    type Target = pgmq::Message<M>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

#[diagnostic::do_not_recommend]
impl<M> AsLink for Message<M> {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&self.trace_context);
        links.message(SYSTEM, &self.queue, &self.msg_id.to_string());
        links.delivery(SystemTime::from(self.enqueued_at), u32::try_from(self.read_ct).ok());
    }
}
