//! Queues inside one process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{Delivery, Queue, TaskerError, TaskerResult};

/// Queues on [`tokio::sync::mpsc`], created as they are first used.
#[derive(Debug)]
pub struct InProcessQueue {
    /// `None` once closed.
    channels: Mutex<Option<HashMap<String, Channel>>>,
    last_id: AtomicI64,
}

/// Messages travel as JSON, as they would through a database.
#[derive(Clone, Debug)]
struct Channel {
    sender: mpsc::UnboundedSender<Value>,
    receiver: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Value>>>,
}

impl Default for InProcessQueue {
    fn default() -> Self {
        Self {
            channels: Mutex::new(Some(HashMap::new())),
            last_id: AtomicI64::new(0),
        }
    }
}

impl InProcessQueue {
    /// Ends the readers' loops once they have read what is there. Delayed messages are dropped.
    pub fn close(&self) {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn channel(&self, queue: &str) -> Option<Channel> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = channels.as_mut()?.entry(queue.to_owned()).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            Channel {
                sender,
                receiver: Arc::new(tokio::sync::Mutex::new(receiver)),
            }
        });
        Some(channel.clone())
    }
}

impl Queue for InProcessQueue {
    async fn send<M: Serialize + Sync>(&self, queue: &str, message: &M, delay: Duration) -> TaskerResult<()> {
        let closed = || TaskerError::QueueClosed(queue.to_owned());
        let message = serde_json::to_value(message)?;
        let sender = self.channel(queue).ok_or_else(closed)?.sender;
        if delay.is_zero() {
            return sender.send(message).map_err(|_| closed());
        }
        // Weak, or a message for next week would keep the readers waiting for it.
        let sender = sender.downgrade();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            sender.upgrade().map(|sender| sender.send(message))
        });
        Ok(())
    }

    async fn read<M: DeserializeOwned>(&self, queue: &str) -> TaskerResult<Option<Delivery<M>>> {
        // The sender of this clone must not outlive the statement: it would keep the channel open.
        let Some(receiver) = self.channel(queue).map(|channel| channel.receiver) else {
            return Ok(None);
        };
        let Some(message) = receiver.lock().await.recv().await else {
            return Ok(None);
        };
        let message_id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Some(Delivery {
            message_id,
            message: serde_json::from_value(message)?,
        }))
    }

    /// Nothing to do: what a process has read is lost with it, and the queue too.
    async fn archive(&self, _queue: &str, _message_id: i64) -> TaskerResult<()> {
        Ok(())
    }
}
