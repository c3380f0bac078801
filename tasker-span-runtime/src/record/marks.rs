//! The attributes, the status and the links of a record.

use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{KeyValue, Value};

use super::field::FieldValue;
use super::messages::Operation;
use super::span_record::{End, Extra, Source, SpanRecord};
use crate::catalogue::Attribute;
use crate::catalogue::attributes::{AttributeValue, Attributes};
use crate::catalogue::site::Site;
use crate::identity;
use crate::outcome::Failure;

/// The attributes of the root, required and optional.
const OF_ROOT: [Attribute; 6] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::Namespace,
    Attribute::ParentCorrelationId,
    Attribute::TaskName,
    Attribute::Priority,
];

/// The attributes of an execution whose worker was lost.
const OF_LOST_ATTEMPT: [Attribute; 6] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::StepUuid,
    Attribute::HandlerName,
    Attribute::Namespace,
    Attribute::AttemptNumber,
];

const CONVERSATION_ID: &str = "messaging.message.conversation_id";

/// All attributes, the most important ones first: a limit cuts the others. And the status, which is an outcome of its own.
pub(super) fn attributes(record: &mut SpanRecord) -> (Vec<KeyValue>, Status) {
    let extra = record.extra.take().map_or_else(Extra::default, |extra| *extra);
    let end = std::mem::replace(&mut record.end, End::Returned);
    let SpanRecord {
        source,
        ref attributes,
        is_sampled_by_error,
        ..
    } = *record;
    let own: &[Attribute] = match source {
        Source::Site(site) => site.attributes(),
        Source::Root => &OF_ROOT,
        Source::LostAttempt => &OF_LOST_ATTEMPT,
    };
    let mut all = Vec::with_capacity(own.len() + 8);
    all.extend(own.iter().filter_map(|own| attribute(attributes, *own)));
    let is_cancelled = matches!(end, End::Cancelled);
    let status = match failure(source, end, attributes) {
        Some(failure) => {
            let (error_type, description) = failure.into_parts();
            all.push(KeyValue::new("error.type", error_type));
            Status::error(description)
        }
        None => Status::Unset,
    };
    if is_cancelled {
        all.push(KeyValue::new("tasker.cancelled", true));
    }
    if is_sampled_by_error {
        all.push(KeyValue::new("tasker.sampled_by", "error"));
    }
    if !extra.violations.is_empty() {
        all.push(KeyValue::new("tasker.violation", extra.violations.join("; ")));
    }
    match source {
        Source::Site(site) => add_of_site(&mut all, site, extra, attributes),
        Source::Root => {
            let state = attributes.to_state.as_deref().map(ToOwned::to_owned);
            all.extend(state.map(|state| KeyValue::new("tasker.final_state", state)));
        }
        Source::LostAttempt => {}
    }
    (all, status)
}

fn add_of_site(all: &mut Vec<KeyValue>, site: &'static Site, extra: Extra, attributes: &Attributes) {
    let fixed = all.len();
    all.extend(code(site));
    all.extend(
        extra
            .received
            .attributes(Operation::Process)
            .filter(|attribute| !is_users_own(site, attribute)),
    );
    let fields = site.callsite().metadata.fields();
    // After the catalogue's attributes and `otel.kind`.
    let names = fields
        .iter()
        .skip(site.attributes().len() + 1)
        .map(|field| field.name());
    all.extend(names.zip(extra.fields).filter_map(|(name, value)| field(name, value)));
    if extra.received.is_empty() && !extra.sent.is_empty() {
        all.extend(
            extra
                .sent
                .attributes(Operation::Send)
                .filter(|attribute| !is_users_own(site, attribute)),
        );
    }
    let has_messages = !extra.received.is_empty() || !extra.sent.is_empty();
    if let Some(id) = attributes
        .correlation_id
        .filter(|_| has_messages && fields.field(CONVERSATION_ID).is_none())
    {
        all.push(KeyValue::new(CONVERSATION_ID, id.hyphenated().to_string()));
    }
    for set in extra.attributes {
        // The names by which `tracing-opentelemetry` is told of a kind or a name are no attributes.
        if set.key.as_str() == "otel.name" || set.key.as_str() == "otel.kind" {
            continue;
        }
        match all.iter().position(|present| present.key == set.key) {
            // The catalogue and the outcome decide on theirs.
            Some(index) if index < fixed => {}
            Some(index) => all[index] = set,
            None => all.push(set),
        }
    }
}

/// Whether the user gives the attribute by `fields(…)`.
fn is_users_own(site: &Site, attribute: &KeyValue) -> bool {
    site.callsite()
        .metadata
        .fields()
        .field(attribute.key.as_str())
        .is_some()
}

fn failure(source: Source, end: End, attributes: &Attributes) -> Option<Failure> {
    let fixed = |error_type, description| Some(Failure::new(error_type).described(String::from(description)));
    match (source, end) {
        (Source::Root, _) if attributes.to_state.as_deref() == Some("error") => {
            fixed("task_error", "the task ended in the state error")
        }
        (Source::LostAttempt, _) => fixed("worker_lost", "the worker was lost before the attempt ended"),
        (_, End::Failed(failure)) => Some(*failure),
        (_, End::Panicked) => Some(Failure::new("panic").with_description("panicked")),
        (_, End::Returned | End::Cancelled) => None,
    }
}

/// Where a span's code is, by the [conventions for code](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/).
pub(super) fn code(site: &'static Site) -> impl Iterator<Item = KeyValue> {
    let metadata = site.callsite().metadata;
    let function = KeyValue::new("code.function.name", site.function());
    let file = metadata.file().map(|file| KeyValue::new("code.file.path", file));
    let line = metadata
        .line()
        .map(|line| KeyValue::new("code.line.number", i64::from(line)));
    [Some(function), file, line].into_iter().flatten()
}

fn attribute(attributes: &Attributes, attribute: Attribute) -> Option<KeyValue> {
    Some(match attributes.get(attribute)? {
        AttributeValue::Uuid(id) => KeyValue::new(attribute.name(), id.hyphenated().to_string()),
        AttributeValue::Text(text) => KeyValue::new(attribute.name(), text.to_owned()),
        AttributeValue::Integer(integer) => KeyValue::new(attribute.name(), integer),
    })
}

fn field(name: &'static str, value: FieldValue) -> Option<KeyValue> {
    if name == "otel.name" {
        return None;
    }
    let value: Value = match value {
        FieldValue::Absent => return None,
        FieldValue::Text(text) => text.into(),
        FieldValue::Integer(integer) => integer.into(),
        FieldValue::Float(float) => float.into(),
        FieldValue::Bool(bool) => bool.into(),
    };
    Some(KeyValue::new(name, value))
}

/// The exported name.
pub(super) fn name(record: &SpanRecord) -> Cow<'static, str> {
    own_name(record).unwrap_or(Cow::Borrowed(match record.source {
        Source::Site(site) => site.name(),
        Source::Root => "task.orchestration",
        Source::LostAttempt => "step.execution",
    }))
}

/// The name that a field `otel.name` gives the span, as `tracing-opentelemetry` reads it.
fn own_name(record: &SpanRecord) -> Option<Cow<'static, str>> {
    let (Source::Site(site), Some(extra)) = (record.source, &record.extra) else {
        return None;
    };
    if let Some(name) = &extra.name {
        return Some(name.clone());
    }
    let fields = site.callsite().metadata.fields();
    let own = fields
        .iter()
        .skip(site.attributes().len() + 1)
        .map(|field| field.name());
    let mut own = own.zip(&extra.fields);
    own.find_map(|(name, value)| match value {
        FieldValue::Text(text) if name == "otel.name" => Some(Cow::Owned(text.clone())),
        _ => None,
    })
}

/// The links. A function that created its task is in its caller's trace, and links to the task's root.
pub(super) fn links(record: &mut SpanRecord) -> Vec<Link> {
    let mut links = record
        .extra
        .as_mut()
        .map_or_else(Vec::new, |extra| std::mem::take(&mut extra.links));
    if let Some(task_uuid) = record.attributes.task_uuid {
        let trace_id = identity::trace_id(task_uuid);
        let root = remote(trace_id, identity::root_span_id(task_uuid));
        let is_linked = links.iter().any(|link| link.span_context.span_id() == root.span_id());
        if trace_id != record.trace_id && !is_linked {
            links.push(Link::with_context(root));
        }
    }
    links
}

/// The context of a derived id, or of a span of another process.
pub(super) fn remote(trace_id: identity::TraceId, span_id: identity::SpanId) -> SpanContext {
    let (trace_id, span_id) = (TraceId::from(trace_id.to_u128()), SpanId::from(span_id.to_u64()));
    SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, TraceState::NONE)
}
