//! Queues inside one process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tasker_span_runtime::TraceContext;
use tokio::sync::mpsc;

use crate::tasker::{Delivery, Queue, TaskerError, TaskerResult};

/// Queues on [`tokio::sync::mpsc`], created as they are first used.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    open: Mutex<Open>,
    /// Messages that were read and not archived.
    in_flight: Mutex<HashMap<i64, (String, Envelope)>>,
    last_id: AtomicI64,
}

#[derive(Debug)]
struct Open(Option<HashMap<String, Channel>>);

#[derive(Clone, Debug)]
struct Channel {
    sender: mpsc::UnboundedSender<Envelope>,
    receiver: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Envelope>>>,
}

/// A message on its way. The body travels as JSON, as it would through a database.
#[derive(Clone, Debug)]
struct Envelope {
    message_id: i64,
    read_count: i32,
    trace_context: TraceContext,
    body: Value,
}

/// A message that is sent when its transaction commits.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) queue: String,
    pub(super) body: Value,
    pub(super) trace_context: TraceContext,
    pub(super) delay: Duration,
}

impl Default for Open {
    fn default() -> Self {
        Self(Some(HashMap::new()))
    }
}

impl MemoryQueue {
    /// Ends the readers' loops once they have read what is there. Delayed messages are dropped.
    pub fn close(&self) {
        self.open().0.take();
    }

    /// Delivers again what was read from `queue` and not archived, as a queue does whose visibility timeout has passed.
    pub fn redeliver(&self, queue: &str) {
        let Some(sender) = self.channel(queue).map(|channel| channel.sender) else {
            return;
        };
        let mut unfinished = Vec::new();
        self.in_flight().retain(|_, (read_from, envelope)| {
            let is_other = read_from != queue;
            if !is_other {
                unfinished.push(envelope.clone());
            }
            is_other
        });
        unfinished.sort_by_key(|envelope| envelope.message_id);
        for envelope in unfinished {
            // The receiver lives as long as the channel.
            let _ = sender.send(envelope);
        }
    }

    /// Sends the messages, or none of them once closed.
    pub(super) fn commit(&self, messages: Vec<Outgoing>, archived: &[i64]) -> TaskerResult<()> {
        let mut open = self.open();
        match (&mut open.0, messages.first()) {
            (None, Some(message)) => return Err(TaskerError::QueueClosed(message.queue.clone())),
            (None, None) => {}
            (Some(channels), _) => {
                for message in messages {
                    let envelope = Envelope {
                        message_id: self.last_id.fetch_add(1, Ordering::Relaxed) + 1,
                        read_count: 0,
                        trace_context: message.trace_context,
                        body: message.body,
                    };
                    send(&channel(channels, &message.queue).sender, envelope, message.delay);
                }
            }
        }
        let mut in_flight = self.in_flight();
        for message_id in archived {
            in_flight.remove(message_id);
        }
        Ok(())
    }

    fn channel(&self, queue: &str) -> Option<Channel> {
        Some(channel(self.open().0.as_mut()?, queue))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_flight(&self) -> MutexGuard<'_, HashMap<i64, (String, Envelope)>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn channel(channels: &mut HashMap<String, Channel>, queue: &str) -> Channel {
    let channel = channels.entry(queue.to_owned()).or_insert_with(|| {
        let (sender, receiver) = mpsc::unbounded_channel();
        Channel {
            sender,
            receiver: Arc::new(tokio::sync::Mutex::new(receiver)),
        }
    });
    channel.clone()
}

fn send(sender: &mpsc::UnboundedSender<Envelope>, envelope: Envelope, delay: Duration) {
    if delay.is_zero() {
        // The receiver lives as long as the channel.
        let _ = sender.send(envelope);
        return;
    }
    // Weak, or a message for next week would keep the readers waiting for it.
    let sender = sender.downgrade();
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        sender.upgrade().map(|sender| sender.send(envelope))
    });
}

impl Queue for MemoryQueue {
    async fn read<M: DeserializeOwned + Send>(&self, queue: &str) -> TaskerResult<Option<Delivery<M>>> {
        loop {
            // The sender of this clone must not outlive the statement: it would keep the channel open.
            let Some(receiver) = self.channel(queue).map(|channel| channel.receiver) else {
                return Ok(None);
            };
            let Some(mut envelope) = receiver.lock().await.recv().await else {
                return Ok(None);
            };
            envelope.read_count += 1;
            match serde_json::from_value(envelope.body.clone()) {
                Ok(message) => {
                    let delivery = Delivery {
                        message_id: envelope.message_id,
                        read_count: envelope.read_count,
                        queue: queue.to_owned(),
                        system: None,
                        trace_context: envelope.trace_context.clone(),
                        message,
                    };
                    self.in_flight()
                        .insert(envelope.message_id, (queue.to_owned(), envelope));
                    return Ok(Some(delivery));
                }
                Err(error) => tracing::error!(%error, queue, "message put aside"),
            }
        }
    }

    /// Nothing to do: messages are not hidden for a time, but until they are archived.
    async fn extend(&self, _queue: &str, _message_id: i64) -> TaskerResult<()> {
        Ok(())
    }

    fn visibility_timeout(&self) -> Option<Duration> {
        None
    }

    async fn archive(&self, _queue: &str, message_id: i64) -> TaskerResult<()> {
        self.in_flight().remove(&message_id);
        Ok(())
    }
}
