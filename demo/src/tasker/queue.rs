//! `Queue`: reading messages. A [`Transaction`](super::Transaction) sends them.

use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use tasker_span_runtime::{AsLink, Links, TraceContext};

use super::TaskerResult;

/// Named queues of JSON messages. A message goes to one reader. If it is neither archived nor
/// extended in time, it is delivered again.
pub trait Queue: Send + Sync + 'static {
    /// Waits for the next message, or returns `None` if the queues are closed. A message that is no
    /// `M` is skipped, and given up in the end.
    fn read<M: DeserializeOwned + Send>(
        &self,
        queue: &str,
    ) -> impl Future<Output = TaskerResult<Option<Delivery<M>>>> + Send;

    /// Restarts the visibility timeout of a message that is still being processed.
    fn extend(&self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;

    /// How long a message is hidden from other readers. `None` if there is no such timeout.
    fn visibility_timeout(&self) -> Option<Duration>;

    /// Marks a message as processed.
    fn archive(&self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Archives a message that no process can handle, and counts it.
    fn give_up(&self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;
}

/// A message as read.
#[derive(Clone, Debug)]
pub struct Delivery<M> {
    /// For [`Queue::archive`] and [`Queue::extend`].
    pub message_id: i64,
    /// When it was sent.
    pub enqueued_at: SystemTime,
    /// How often it has been delivered, from 1.
    pub read_count: i32,
    /// The queue that it was read from.
    pub queue: String,
    /// The messaging system, as the messaging conventions name it. `None` inside a process.
    pub system: Option<&'static str>,
    /// The trace context of the span that sent it.
    pub trace_context: TraceContext,
    /// The message.
    pub message: M,
}

impl<M> Delivery<M> {
    /// Whether its previous reader must be lost.
    pub fn is_redelivered(&self) -> bool {
        self.read_count > 1
    }
}

/// A span that processes the message links to its sender.
impl<M> AsLink for Delivery<M> {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&self.trace_context);
        if let Some(system) = self.system {
            links.message(system, &self.queue, &self.message_id.to_string());
            links.delivery(self.enqueued_at, u32::try_from(self.read_count).ok());
        }
    }
}
