//! `MemoryQueue`: queues inside one process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tasker_span_runtime::TraceContext;
use tokio::sync::mpsc;

use crate::tasker::{Delivery, Queue, TaskerError, TaskerResult};

/// Queues on [`tokio::sync::mpsc`], created at their first use.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    channels: Mutex<Channels>,
    /// The messages that were read and are not archived, with their queues.
    in_flight: Mutex<HashMap<i64, (String, Envelope)>>,
    last_id: AtomicI64,
    given_up: AtomicU64,
}

#[derive(Debug, Default)]
struct Channels {
    are_closed: bool,
    by_queue: HashMap<String, Channel>,
}

#[derive(Clone, Debug)]
struct Channel {
    sender: mpsc::UnboundedSender<Envelope>,
    receiver: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Envelope>>>,
}

/// A message in a queue. Its body is JSON, as in a database.
#[derive(Clone, Debug)]
struct Envelope {
    message_id: i64,
    enqueued_at: SystemTime,
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

impl MemoryQueue {
    /// Closes the queues: readers get the messages that are there, then `None`. Delayed messages
    /// are lost.
    pub fn close(&self) {
        *self.channels() = Channels {
            are_closed: true,
            by_queue: HashMap::new(),
        };
    }

    /// Delivers the unarchived messages of `queue` again, as if their visibility timeouts had
    /// passed.
    pub fn redeliver(&self, queue: &str) {
        let Some(channel) = self.channels().get(queue) else {
            return;
        };
        let mut in_flight = self.in_flight();
        let expired = in_flight.extract_if(|_, (read_from, _)| read_from == queue);
        let mut expired = expired.map(|(_, (_, envelope))| envelope).collect::<Vec<_>>();
        expired.sort_by_key(|envelope| envelope.message_id);
        for envelope in expired {
            channel.send(envelope);
        }
    }

    /// The number of messages that no reader could handle.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Sends and archives.
    pub(super) fn commit(&self, messages: Vec<Outgoing>, archived: &[i64]) -> TaskerResult<()> {
        let mut channels = self.channels();
        for message in messages {
            let Some(channel) = channels.get(&message.queue) else {
                return Err(TaskerError::QueueClosed(message.queue));
            };
            let envelope = Envelope {
                message_id: self.last_id.fetch_add(1, Ordering::Relaxed) + 1,
                enqueued_at: SystemTime::now(),
                read_count: 0,
                trace_context: message.trace_context,
                body: message.body,
            };
            channel.send_after(message.delay, envelope);
        }
        self.in_flight().retain(|message_id, _| !archived.contains(message_id));
        Ok(())
    }

    fn channels(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_flight(&self) -> MutexGuard<'_, HashMap<i64, (String, Envelope)>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channels {
    /// The queue's channel. `None` once the queues are closed.
    fn get(&mut self, queue: &str) -> Option<Channel> {
        if self.are_closed {
            return None;
        }
        let channel = self.by_queue.entry(queue.to_owned()).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            Channel {
                sender,
                receiver: Arc::new(tokio::sync::Mutex::new(receiver)),
            }
        });
        Some(channel.clone())
    }
}

impl Channel {
    fn send(&self, envelope: Envelope) {
        // The channel owns the receiver.
        let _ = self.sender.send(envelope);
    }

    fn send_after(&self, delay: Duration, envelope: Envelope) {
        if delay.is_zero() {
            return self.send(envelope);
        }
        // Weak: a message for tomorrow must not keep the channel of a closed queue open.
        let sender = self.sender.downgrade();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            if let Some(sender) = sender.upgrade() {
                let _ = sender.send(envelope);
            }
        });
    }
}

impl Queue for MemoryQueue {
    async fn read<M: DeserializeOwned + Send>(&self, queue: &str) -> TaskerResult<Option<Delivery<M>>> {
        loop {
            // Only the receiver: a sender that lives while this waits would keep the channel of a
            // closed queue open.
            let Some(receiver) = self.channels().get(queue).map(|channel| channel.receiver) else {
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
                        enqueued_at: envelope.enqueued_at,
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
                // All readers are of one version.
                Err(error) => {
                    self.given_up.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(%error, queue, "message given up: it has another type");
                }
            }
        }
    }

    /// Does nothing: there is no visibility timeout.
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

    async fn give_up(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.given_up.fetch_add(1, Ordering::Relaxed);
        self.archive(queue, message_id).await
    }
}
