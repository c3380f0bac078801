//! The seam between the engine and its message queues.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::TaskerResult;

/// Named queues of JSON messages. Each message goes to one reader.
pub trait Queue: Send + Sync + 'static {
    /// Sends a message that becomes visible after `delay`.
    fn send<M: Serialize + Sync>(
        &self,
        queue: &str,
        message: &M,
        delay: Duration,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Waits for the next message; `None` once the queues are closed.
    fn read<M: DeserializeOwned>(&self, queue: &str) -> impl Future<Output = TaskerResult<Option<Delivery<M>>>> + Send;

    /// Marks a message as processed. Until then it may be delivered again.
    fn archive(&self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;
}

/// A message as read.
#[derive(Clone, Debug)]
pub struct Delivery<M> {
    /// For [`Queue::archive`].
    pub message_id: i64,
    /// The message.
    pub message: M,
}
