//! `Messages`: the messages that a span sends or processes, as attributes by the [conventions for
//! messaging][1]. Queues are not known here.
//!
//! [1]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#messaging-attributes

use std::time::Duration;

use super::value::Value;
use crate::catalogue::attributes::{Text, name};

/// What the messages of one span have in common, and how many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Messages {
    count: u32,
    system: Option<&'static str>,
    destination: Option<Text>,
    /// Only of a single message.
    id: Option<Box<str>>,
    /// The longest time in a queue, in milliseconds.
    queue_time_ms: Option<i64>,
    /// The highest number of deliveries.
    delivery_count: Option<u32>,
}

/// What a span does with messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Send,
    Process,
}

impl Operation {
    /// The conventions' operation type, and the operation's name, which is any system's own and here the same.
    fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Process => "process",
        }
    }
}

impl Messages {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && self.queue_time_ms.is_none() && self.delivery_count.is_none()
    }

    pub(crate) fn add(&mut self, system: &'static str, destination: &str, id: &str) {
        if self.count == 0 {
            self.system = Some(system);
            self.destination = Some(name(destination)).filter(|name| !name.is_empty());
            self.id = Some(bounded(id)).filter(|id| !id.is_empty()).map(Into::into);
        } else {
            self.system.take_if(|known| *known != system);
            self.destination.take_if(|known| *known != name(destination));
            self.id = None;
        }
        self.count = self.count.saturating_add(1);
    }

    /// How one message came.
    pub(crate) fn deliver(&mut self, waited: Option<Duration>, delivery_count: Option<u32>) {
        let waited = waited.map(|waited| i64::try_from(waited.as_millis()).unwrap_or(i64::MAX));
        self.queue_time_ms = self.queue_time_ms.max(waited);
        self.delivery_count = self.delivery_count.max(delivery_count);
    }

    /// Calls `add` with the attributes of a span that sends or processes these messages; not at all without messages.
    pub(super) fn attributes(&self, operation: Operation, add: &mut impl FnMut(&'static str, Value<'_>)) {
        if self.is_empty() {
            return;
        }
        if let Some(system) = self.system {
            add("messaging.system", Value::Static(system));
        }
        add("messaging.operation.type", Value::Static(operation.name()));
        add("messaging.operation.name", Value::Static(operation.name()));
        if let Some(destination) = &self.destination {
            add("messaging.destination.name", Value::Text(destination));
        }
        if let Some(id) = &self.id {
            add("messaging.message.id", Value::Text(id));
        }
        if self.count > 1 {
            add("messaging.batch.message_count", Value::Integer(self.count.into()));
        }
        if let Some(queue_time_ms) = self.queue_time_ms {
            add("tasker.queue_time_ms", Value::Integer(queue_time_ms));
        }
        if let Some(count) = self.delivery_count {
            add("tasker.delivery_count", Value::Integer(count.into()));
        }
    }
}

/// An id is not interned: each message has another one.
fn bounded(id: &str) -> &str {
    &id[..id.floor_char_boundary(crate::catalogue::attributes::MAX_TEXT)]
}
