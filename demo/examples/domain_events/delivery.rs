//! The queue and the channel. Both are in memory here: with PGMQ the queue is `tasker_span_pgmq`, and its `Message` is what
//! `Delivery` is here.

use std::collections::VecDeque;
use std::time::SystemTime;

use tasker_span_runtime::{AsLink, Links};

use crate::events::Event;

/// An event as a subscriber gets it.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) event: Event,
    pub(crate) count: u32,
    id: u64,
    system: &'static str,
    destination: &'static str,
    enqueued_at: SystemTime,
}

impl AsLink for Delivery {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(&self.event.trace_context);
        links.message(self.system, self.destination, &self.id.to_string());
        links.delivery(self.enqueued_at, self.count);
    }
}

/// A durable queue: a message that is not archived comes again.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    messages: VecDeque<Delivery>,
    last_id: u64,
}

impl Queue {
    pub(crate) const NAME: &str = "payment_events";

    pub(crate) fn send(&mut self, event: Event) -> u64 {
        self.last_id += 1;
        self.messages.push_back(Delivery {
            event,
            count: 0,
            id: self.last_id,
            system: "pgmq",
            destination: Self::NAME,
            enqueued_at: SystemTime::now(),
        });
        self.last_id
    }

    pub(crate) fn read(&mut self) -> Option<Delivery> {
        let message = self.messages.front_mut()?;
        message.count += 1;
        Some(message.clone())
    }

    pub(crate) fn archive(&mut self, delivery: &Delivery) {
        self.messages.retain(|message| message.id != delivery.id);
    }
}

/// The channel to the subscribers of this process.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    messages: VecDeque<Delivery>,
    last_id: u64,
}

impl Channel {
    pub(crate) const NAME: &str = "fast_events";

    pub(crate) fn send(&mut self, event: Event) -> u64 {
        self.last_id += 1;
        self.messages.push_back(Delivery {
            event,
            count: 1,
            id: self.last_id,
            system: "in_process",
            destination: Self::NAME,
            enqueued_at: SystemTime::now(),
        });
        self.last_id
    }

    pub(crate) fn receive(&mut self) -> Option<Delivery> {
        self.messages.pop_front()
    }
}
