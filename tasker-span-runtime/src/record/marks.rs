//! The name, the status, the links and the code of a record. Its attributes are in `attributes`.

use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use super::field_value::FieldValue;
use super::span_record::{End, Extra, Source, SpanRecord};
use super::value::Value;
use crate::catalogue::site::Site;
use crate::catalogue::{self, Family};
use crate::identity;
use crate::outcome;

/// The type of the failure of a task that ended in the state `error`, of an attempt whose worker was lost, and of a panic.
pub(crate) const TASK_ERROR: &str = "task_error";
pub(crate) const WORKER_LOST: &str = "worker_lost";
pub(crate) const PANIC: &str = "panic";

/// The type and the description of the record's failure.
pub(crate) fn failure(record: &SpanRecord) -> Option<(&str, &str)> {
    match (record.source, &record.end) {
        (Source::Root, _) if record.attributes.to_state.as_deref() == Some("error") => {
            Some((TASK_ERROR, "the task ended in the state error"))
        }
        (Source::LostAttempt, _) => {
            let worker = record.extra.as_ref().and_then(|extra| extra.lost_worker.as_ref());
            let unknown = "the worker was lost before the attempt ended";
            Some((WORKER_LOST, worker.map_or(unknown, |worker| &worker.description)))
        }
        (_, End::Failed(failure)) => Some((failure.error_type(), failure.description())),
        (_, End::Panicked) => Some((PANIC, if outcome::describes() { "panicked" } else { "" })),
        (_, End::Returned | End::Cancelled) => None,
    }
}

pub(crate) fn kind(record: &SpanRecord) -> catalogue::SpanKind {
    match record.source {
        Source::Site(site) => site.kind(),
        Source::Root | Source::RecordedTransition | Source::Running(_) => catalogue::SpanKind::Internal,
        Source::LostAttempt => catalogue::SpanKind::Consumer,
    }
}

/// Where a span's code is, by the [conventions for code](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/).
pub(crate) fn code(site: &'static Site, mut add: impl FnMut(&'static str, Value<'static>)) {
    let metadata = site.callsite().metadata;
    add("code.function.name", Value::Static(site.function()));
    if let Some(file) = metadata.file() {
        add("code.file.path", Value::Static(file));
    }
    if let Some(line) = metadata.line() {
        add("code.line.number", Value::Integer(line.into()));
    }
}

/// The name of the record's kind of span.
pub(super) fn given_name(record: &SpanRecord) -> &'static str {
    match record.source {
        Source::Site(site) => site.name(),
        Source::Root => "task.orchestration",
        Source::LostAttempt => "step.execution",
        Source::RecordedTransition => "task.state_transition",
        Source::Running(Family::Step) => "step.running",
        Source::Running(Family::Task) => "task.running",
    }
}

/// The name that a field `otel.name` gives the span, as `tracing-opentelemetry` reads it.
pub(super) fn own_name(record: &SpanRecord) -> Option<&str> {
    let (Source::Site(site), Some(extra)) = (record.source, record.extra.as_deref()) else {
        return None;
    };
    if let Some(name) = &extra.name {
        return Some(name);
    }
    fields_of(site, extra).find_map(|(name, value)| match value {
        FieldValue::Text(text) | FieldValue::Displayed(text) if name == "otel.name" => Some(&**text),
        _ => None,
    })
}

/// The user's own fields with their values.
pub(super) fn fields_of<'a>(
    site: &'static Site,
    extra: &'a Extra,
) -> impl Iterator<Item = (&'static str, &'a FieldValue)> {
    // After the catalogue's attributes.
    let names = site.callsite().metadata.fields().iter();
    names
        .skip(site.attributes().len())
        .map(|field| field.name())
        .zip(&extra.fields)
}

/// The links. A function that created its task is in its caller's trace, and links to the task's root.
pub(crate) fn links(record: &SpanRecord) -> impl Iterator<Item = Cow<'_, Link>> {
    let own = record.extra.as_deref().map_or(&[][..], |extra| &extra.links);
    let to_root = record.attributes.task_uuid.and_then(|task_uuid| {
        let trace_id = identity::trace_id(task_uuid);
        if trace_id == record.trace_id {
            return None;
        }
        let root = remote(trace_id, identity::root_span_id(task_uuid));
        let is_linked = own.iter().any(|link| link.span_context.span_id() == root.span_id());
        (!is_linked).then(|| Link::with_context(root))
    });
    own.iter().map(Cow::Borrowed).chain(to_root.map(Cow::Owned))
}

/// A link to a span of the same trace and process.
pub(crate) fn link_within(trace_id: identity::TraceId, span_id: identity::SpanId) -> Link {
    let (trace_id, span_id) = (TraceId::from(trace_id.to_u128()), SpanId::from(span_id.to_u64()));
    Link::with_context(SpanContext::new(
        trace_id,
        span_id,
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    ))
}

/// The context of a derived id, or of a span of another process.
pub(super) fn remote(trace_id: identity::TraceId, span_id: identity::SpanId) -> SpanContext {
    let (trace_id, span_id) = (TraceId::from(trace_id.to_u128()), SpanId::from(span_id.to_u64()));
    SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, TraceState::NONE)
}
