//! `AsLink` and `Links`: the span links to the senders of processed messages. Their attributes are in `messaging`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use crate::clock::unix_nanos;
use crate::propagation::TraceContext;
use crate::record::Messages;
use crate::stats;

/// The most links of one span: the default of [OpenTelemetry's SDKs][limits].
///
/// [limits]: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
pub(crate) const MAX_LINKS: usize = 128;

/// A message, or its sender, to link a span to: the value of `link = …`.
///
/// Implemented for [`TraceContext`], and for references, smart pointers, `Option`, slices, arrays and `Vec` of implementing
/// types. The span of a batch of messages links to the sender of each. For a message of your own it takes one line:
///
/// ```
/// use tasker_span_runtime::{AsLink, TraceContext, Links, Uuid, step_span};
///
/// struct StepMessage {
///     task_uuid: Uuid,
///     step_uuid: Uuid,
///     trace_context: TraceContext,
/// }
///
/// impl AsLink for StepMessage {
///     fn add_to(&self, links: &mut Links) {
///         links.trace_context(&self.trace_context);
///     }
/// }
///
/// #[step_span(
///     "step.execution",
///     task_uuid = message.task_uuid,
///     step_uuid = message.step_uuid,
///     inherit(correlation_id, handler_name, namespace),
///     link = message,
/// )]
/// fn execute(message: StepMessage) {}
/// # execute(StepMessage { task_uuid: Uuid::max(), step_uuid: Uuid::max(), trace_context: TraceContext::EMPTY });
/// ```
///
/// The span that processes a message links to the span that sent it, and is not its child, as in the [conventions for
/// messaging](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#span-relationships). Its parent
/// follows from the catalogue.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no span to link to",
    label = "expected a `TraceContext`, or a message that has one",
    note = "name the trace context in it, `link = message.trace_context`, or a slice, `Vec` or `Option` of trace contexts",
    note = "a message of your own implements `tasker_span_runtime::AsLink`"
)]
pub trait AsLink {
    /// Adds the links of the span.
    fn add_to(&self, links: &mut Links);
}

/// Collects the links of a span; see [`AsLink`].
///
/// ```
/// use tasker_span_runtime::{TraceContext, Links};
///
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let mut links = Links::default();
/// links.trace_context(&TraceContext::from_headers(Some(header), None));
/// links.message("pgmq", "payments_queue", "42");
/// ```
#[derive(Debug, Default)]
pub struct Links {
    trace_contexts: Vec<TraceContext>,
    received: Messages,
    /// When the message was sent that waited longest, in nanoseconds since 1970.
    enqueued_at: Option<u64>,
    /// Nothing else is wanted: the span is measured, and not sampled.
    is_for_queue_time: bool,
}

impl Links {
    pub(crate) fn for_queue_time() -> Self {
        Self {
            is_for_queue_time: true,
            ..Self::default()
        }
    }

    /// Links to the span that sent a message. An empty trace context and a repeated one add nothing. Links beyond the 128th
    /// are counted in [`Stats::links_over_limit`](crate::Stats::links_over_limit).
    pub fn trace_context(&mut self, trace_context: &TraceContext) {
        if self.is_for_queue_time {
            return;
        }
        let sender = |trace_context: &TraceContext| (trace_context.trace_id(), trace_context.span_id());
        if trace_context.is_empty()
            || self
                .trace_contexts
                .iter()
                .any(|known| sender(known) == sender(trace_context))
        {
            return;
        }
        if self.trace_contexts.len() == MAX_LINKS {
            stats::LINKS_OVER_LIMIT.add_one();
        } else {
            self.trace_contexts.push(trace_context.clone());
        }
    }

    /// Names the message that the span processes. The span gets a consumer's attributes of the [conventions for
    /// messaging][1]: `system` is the conventions' name of the broker, `destination` the name of the queue. Several messages
    /// are exported as their number and the attributes that they share.
    ///
    /// [1]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#messaging-attributes
    pub fn message(&mut self, system: &'static str, destination: &str, message_id: &str) {
        if !self.is_for_queue_time {
            self.received.add(system, destination, message_id);
        }
    }

    /// Tells how the message came. The span gets these attributes; one that is not known is `None`:
    ///
    /// - `tasker.queue_time_ms`: the milliseconds since `enqueued_at`. A time that is ahead of this process's clock counts as
    ///   now, because clocks of machines differ.
    /// - `tasker.delivery_count`: how often the message was delivered, this delivery included. The first is 1.
    ///
    /// Of several messages, the longest time and the highest count are exported. They are attributes of this crate, because
    /// the conventions for messaging have none.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use tasker_span_runtime::{AsLink, Links, TraceContext};
    ///
    /// struct Delivery {
    ///     trace_context: TraceContext,
    ///     id: u64,
    ///     sent_at: SystemTime,
    ///     deliveries: u32,
    /// }
    ///
    /// impl AsLink for Delivery {
    ///     fn add_to(&self, links: &mut Links) {
    ///         links.trace_context(&self.trace_context);
    ///         links.message("rabbitmq", "payments_queue", &self.id.to_string());
    ///         links.delivery(self.sent_at, self.deliveries);
    ///     }
    /// }
    /// ```
    pub fn delivery(&mut self, enqueued_at: impl Into<Option<SystemTime>>, delivery_count: impl Into<Option<u32>>) {
        let enqueued_at = enqueued_at.into();
        if let Some(sent) = enqueued_at.map(unix_nanos) {
            self.enqueued_at = Some(self.enqueued_at.map_or(sent, |earliest| earliest.min(sent)));
        }
        if self.is_for_queue_time {
            return;
        }
        let waited = enqueued_at.map(|enqueued_at| {
            let waited = SystemTime::now().duration_since(enqueued_at);
            waited.unwrap_or_default()
        });
        self.received.deliver(waited, delivery_count.into());
    }

    pub(crate) fn trace_contexts(&self) -> &[TraceContext] {
        &self.trace_contexts
    }

    /// When the message was sent that waited longest, in nanoseconds since 1970.
    pub(crate) fn enqueued_at(&self) -> Option<u64> {
        self.enqueued_at
    }

    pub(crate) fn into_parts(self) -> (Vec<TraceContext>, Messages) {
        (self.trace_contexts, self.received)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.trace_contexts.is_empty() && self.received.is_empty()
    }
}

#[diagnostic::do_not_recommend]
impl AsLink for TraceContext {
    fn add_to(&self, links: &mut Links) {
        links.trace_context(self);
    }
}

/// Looks through references and smart pointers.
macro_rules! look_through {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: AsLink + ?Sized> AsLink for $pointer {
            fn add_to(&self, links: &mut Links) {
                (**self).add_to(links);
            }
        }
    )*};
}

look_through! { &T, &mut T, Box<T>, Rc<T>, Arc<T> }

#[diagnostic::do_not_recommend]
impl<T: AsLink + ToOwned + ?Sized> AsLink for Cow<'_, T> {
    fn add_to(&self, links: &mut Links) {
        self.as_ref().add_to(links);
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsLink> AsLink for Option<T> {
    fn add_to(&self, links: &mut Links) {
        if let Some(link) = self {
            link.add_to(links);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsLink> AsLink for [T] {
    fn add_to(&self, links: &mut Links) {
        for link in self {
            link.add_to(links);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsLink, const N: usize> AsLink for [T; N] {
    fn add_to(&self, links: &mut Links) {
        self.as_slice().add_to(links);
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsLink> AsLink for Vec<T> {
    fn add_to(&self, links: &mut Links) {
        self.as_slice().add_to(links);
    }
}
