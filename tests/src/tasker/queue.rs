//! The seam between the engine and its message queues. What is sent is sent by a [`Transaction`](super::Transaction).

use std::time::Duration;

use serde::de::DeserializeOwned;
use tasker_span_runtime::{AsLink, Links, TraceContext};

use super::TaskerResult;

/// Named queues of JSON messages, read. Each message goes to one reader, and to another one if it is neither archived
/// nor extended in time.
pub trait Queue: Send + Sync + 'static {
    /// Waits for the next message; `None` once the queues are closed. A message that is no `M` is put aside.
    fn read<M: DeserializeOwned + Send>(
        &self,
        queue: &str,
    ) -> impl Future<Output = TaskerResult<Option<Delivery<M>>>> + Send;

    /// Keeps a message hidden from other readers that is still being processed.
    fn extend(&self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;

    /// How long a message stays hidden; `None` where it is never delivered again by itself.
    fn visibility_timeout(&self) -> Option<Duration>;

    /// Marks a message as processed: until then it may be delivered again.
    fn archive(&self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;
}

/// A message as read.
#[derive(Clone, Debug)]
pub struct Delivery<M> {
    /// For [`Queue::archive`] and [`Queue::extend`].
    pub message_id: i64,
    /// How often it has been delivered: 1 is the first time.
    pub read_count: i32,
    /// Where it was read.
    pub queue: String,
    /// The messaging system, as the messaging conventions name it; none inside a process.
    pub system: Option<&'static str>,
    /// The span that sent it.
    pub trace_context: TraceContext,
    /// The message.
    pub message: M,
}

impl<M> Delivery<M> {
    /// Whether the one who read it before must be dead.
    pub fn is_redelivered(&self) -> bool {
        self.read_count > 1
    }
}

/// A span that processes the message links to the one that sent it.
impl<M> AsLink for Delivery<M> {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&self.trace_context);
        if let Some(system) = self.system {
            links.message(system, &self.queue, &self.message_id.to_string());
        }
    }
}
