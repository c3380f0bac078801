//! The attributes of spans that send or process messages, by the [conventions for messaging][1].
//!
//! [1]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#messaging-attributes

use std::sync::Arc;

use compact_str::CompactString;

use crate::attributes::name;
use crate::catalogue::SpanKind;
use crate::recording::Value;
use crate::scope::{self, Scope};
use crate::site::Site;

const CONVERSATION_ID: &str = "messaging.message.conversation_id";

/// The messages that one span sends or processes: what they have in common, and how many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Messages {
    count: u32,
    system: Option<&'static str>,
    destination: Option<CompactString>,
    /// Only where there is one message.
    id: Option<CompactString>,
}

/// What a span does with messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
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
        self.count == 0
    }

    pub(crate) fn add(&mut self, system: &'static str, destination: &str, id: &str) {
        if self.is_empty() {
            self.system = Some(system);
            self.destination = Some(name(destination)).filter(|name| !name.is_empty());
            self.id = Some(name(id)).filter(|id| !id.is_empty());
        } else {
            self.system.take_if(|known| *known != system);
            self.destination.take_if(|known| *known != name(destination));
            self.id = None;
        }
        self.count = self.count.saturating_add(1);
    }

    /// The attributes of a span that sends or processes these messages; none where there are none.
    pub(crate) fn attributes(
        &self,
        operation: Operation,
        site: &'static Site,
    ) -> impl Iterator<Item = (&'static str, Value)> {
        let text = |text: &CompactString| Value::from(text.to_string());
        let operation = (!self.is_empty()).then_some(operation.name());
        let batch = (self.count > 1).then_some(i64::from(self.count));
        let attributes = [
            ("messaging.system", self.system.map(Value::from)),
            ("messaging.operation.type", operation.map(Value::from)),
            ("messaging.operation.name", operation.map(Value::from)),
            ("messaging.destination.name", self.destination.as_ref().map(text)),
            ("messaging.message.id", self.id.as_ref().map(text)),
            ("messaging.batch.message_count", batch.map(Value::from)),
        ];
        let known = attributes.into_iter().filter_map(|(key, value)| Some((key, value?)));
        known.filter(|(key, _)| !is_users_own(site, key))
    }
}

/// Whether the user gives the attribute by `fields(…)`.
fn is_users_own(site: &Site, key: &str) -> bool {
    site.callsite().metadata.fields().field(key).is_some()
}

/// Records that the running code has sent a message to a queue.
///
/// A span gets a producer's attributes of the [conventions for messaging][1] when it ends. It is the innermost enclosing
/// producer of the catalogue, if neither a `step.execution` nor a span of another task is in between. Otherwise it is the
/// innermost enclosing span of this crate. `system` is the conventions' name of the broker, `destination` the name of the
/// queue. Several messages are exported as their number and the attributes that they share. Empty texts are not recorded.
///
/// ```
/// use tasker_span_runtime::{TraceContext, Uuid, record_sent_message, step_span};
/// # mod rabbit { pub fn publish(_: &str, _: Option<String>) -> String { "42".into() } }
///
/// #[step_span("result.submission", step_uuid = step_uuid, inherit)]
/// fn submit(step_uuid: Uuid) {
///     let id = rabbit::publish("results", TraceContext::current().traceparent());
///     record_sent_message("rabbitmq", "results", &id);
/// }
/// # submit(Uuid::max());
/// ```
///
/// Without an enclosing span it does nothing.
///
/// [1]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#messaging-attributes
pub fn record_sent_message(system: &'static str, destination: &str, message_id: &str) {
    // At a thread's end the thread-locals may be gone. An unsampled span sends on its own account:
    // the spans that enclose it do not record its messages.
    if scope::is_thread_ending() || scope::is_dropped() {
        return;
    }
    let around = scope::around();
    let Some(nearest) = around.first() else { return };
    let task_uuid = nearest.attributes().task_uuid;
    // A producer does not stand for messages that are sent while another message is processed, or
    // for another task.
    let is_inside = |scope: &&Arc<Scope>| {
        let other = scope.attributes().task_uuid.filter(|other| Some(*other) != task_uuid);
        scope.site.kind() != SpanKind::Consumer && other.is_none()
    };
    let stands_for_it =
        |scope: &&Arc<Scope>| scope.site.kind() == SpanKind::Producer && scope.attributes().task_uuid == task_uuid;
    let sender = around.iter().take_while(is_inside).find(stands_for_it);
    let sender = sender.unwrap_or(nearest);
    let mut sent = sender.sent();
    sent.get_or_insert_default().add(system, destination, message_id);
}

/// Gives a span that ends what is known by then: of the messages that it sent, unless it processes one itself, and of the
/// conversation that the messages belong to.
pub(crate) fn finish(scope: &Scope) {
    let sent = scope.sent().take();
    let Some(handle) = scope.handle.get() else { return };
    match sent {
        _ if scope.processes_messages => {}
        Some(sent) => {
            let attributes = sent.attributes(Operation::Send, scope.site);
            attributes.for_each(|(key, value)| handle.attribute(key, value));
        }
        None => return,
    }
    let correlation_id = scope.attributes().correlation_id;
    if let Some(id) = correlation_id.filter(|_| !is_users_own(scope.site, CONVERSATION_ID)) {
        handle.attribute(CONVERSATION_ID, id.hyphenated().to_string());
    }
}
