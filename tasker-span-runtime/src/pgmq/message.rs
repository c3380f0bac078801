//! A message as read.

use std::ops::Deref;

use ::pgmq::PgmqError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use super::{SYSTEM, UnreadableMessage, headers};
use crate::link::{AsLink, Links};
use crate::propagation::TraceContext;

/// A message of a queue, with what `pgmq`'s own type leaves out.
///
/// It dereferences to [`pgmq::Message`](::pgmq::Message): `msg_id`, `read_ct`, and the body as `message.message`. As the value of
/// `link = …` it links the span to the one that sent the message, and gives it the consumer attributes of the
/// [messaging conventions](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
///
/// ```no_run
/// use std::time::Duration;
/// use tasker_span_runtime::pgmq;
///
/// # async fn work(pool: sqlx::PgPool) -> Result<(), ::pgmq::PgmqError> {
/// let read = pgmq::read::<String>("greetings", Duration::from_secs(30));
/// if let Some(message) = read.fetch_optional(&pool).await? {
///     println!("{}, read {} times: {}", message.msg_id, message.read_ct, message.message);
///     println!("sent in the trace {:?}", message.trace_context.trace_id());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Message<M> {
    /// The message as the `pgmq` crate reads it; `Message` dereferences to it.
    pub inner: ::pgmq::Message<M>,
    /// The queue that it was read from.
    pub queue: String,
    /// All of its headers. `None` also where a [`Value`] cannot hold them: more than 128 levels deep, or with a number beyond
    /// `f64`.
    pub headers: Option<Value>,
    /// The context of the span that sent it. Empty where the sender wrote none, or none that is valid.
    pub trace_context: TraceContext,
}

impl<M> Message<M> {
    /// The body alone.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tasker_span_runtime::pgmq;
    /// # async fn work(pool: sqlx::PgPool) -> Result<Option<String>, ::pgmq::PgmqError> {
    /// let message = pgmq::read::<String>("greetings", Duration::from_secs(30)).fetch_optional(&pool).await?;
    /// Ok(message.map(pgmq::Message::into_body))
    /// # }
    /// ```
    pub fn into_body(self) -> M {
        self.inner.message
    }

    /// The message with another body.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use tasker_span_runtime::pgmq::{self, Message};
    /// # async fn work(pool: sqlx::PgPool) -> Result<Option<Message<usize>>, ::pgmq::PgmqError> {
    /// let message = pgmq::read::<String>("greetings", Duration::from_secs(30)).fetch_optional(&pool).await?;
    /// Ok(message.map(|message| message.map(|text| text.len())))
    /// # }
    /// ```
    pub fn map<N>(self, change: impl FnOnce(M) -> N) -> Message<N> {
        let ::pgmq::Message {
            msg_id,
            vt,
            enqueued_at,
            read_ct,
            message,
        } = self.inner;
        Message {
            inner: ::pgmq::Message {
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
    /// From a row of `pgmq.message_record`.
    pub(super) fn from_row(queue: &str, row: &PgRow) -> Result<Self, PgmqError> {
        let body: Option<Json<Box<RawValue>>> = row.try_get("message")?;
        let (headers, trace_context) =
            headers::read(row.try_get::<Option<Json<&RawValue>>, _>("headers")?.map(|it| it.0));
        Ok(Self {
            inner: ::pgmq::Message {
                msg_id: row.try_get("msg_id")?,
                vt: row.try_get("vt")?,
                enqueued_at: row.try_get("enqueued_at")?,
                read_ct: row.try_get("read_ct")?,
                // The column may be null as well: to a reader that is the same.
                message: body.map_or_else(|| RawValue::NULL.to_owned(), |Json(body)| body),
            },
            queue: queue.to_owned(),
            headers,
            trace_context,
        })
    }

    /// With the body that was asked for.
    pub(super) fn decode<M: DeserializeOwned>(self) -> Result<Message<M>, UnreadableMessage> {
        match serde_json::from_str(self.inner.message.get()) {
            Ok(body) => Ok(self.map(|_| body)),
            Err(error) => Err(UnreadableMessage::new(self, error)),
        }
    }
}

impl<M> Deref for Message<M> {
    type Target = ::pgmq::Message<M>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

#[diagnostic::do_not_recommend]
impl<M> AsLink for Message<M> {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&self.trace_context);
        links.message(SYSTEM, &self.queue, &self.msg_id.to_string());
    }
}
