//! `record_sent_message`: the messages that a span sends. Their attributes are in `record::messages`.

use super::local::LocalSpan;
use super::stack;
use crate::catalogue::SpanKind;

/// Records that the running code has sent a message to a queue.
///
/// A span gets a producer's attributes of the [conventions for messaging][1] when it ends. It is the innermost enclosing
/// producer: of the catalogue, or a span with `kind = producer`, if neither a consumer, such as `step.execution`, nor a span of
/// another task is in between. Otherwise it is the innermost enclosing span of this crate. `system` is the conventions' name of the broker, `destination` the name of the
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
    let Some(active) = stack::enclosing() else { return };
    // An unsampled span sends on its own account: the spans that enclose it do not record its messages.
    if !active.sampling.is_sampled {
        return;
    }
    let task_uuid = active.task_uuid();
    // A producer does not stand for messages that are sent while another message is processed, or
    // for another task.
    let is_inside = |span: &&LocalSpan| {
        let other = span.task_uuid().filter(|other| Some(*other) != task_uuid);
        span.site.kind() != SpanKind::Consumer && other.is_none()
    };
    let is_its_sender = |span: &&LocalSpan| {
        span.site.kind() == SpanKind::Producer && span.task_uuid() == task_uuid && !span.has_ended()
    };
    let mut enclosing = std::iter::once(&*active)
        .chain(active.near_ancestors().map(|span| &**span))
        .take_while(is_inside);
    let sender = enclosing.find(is_its_sender).unwrap_or(&active);
    sender.extend(|extra| extra.sent.add(system, destination, message_id));
}
