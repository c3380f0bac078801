//! The attributes of a record, one by one, borrowed from it. What they are written into is in `span_data` and in `export::otlp`.

use opentelemetry::{Key, KeyValue};

use super::field_value::FieldValue;
use super::marks::{code, failure, fields_of};
use super::messages::Operation;
use super::names::name_in_catalogue;
use super::span_record::{End, Extra, Source, SpanRecord, Time};
use super::value::Value;
use crate::catalogue::attributes::AttributeValue;
use crate::catalogue::site::Site;
use crate::catalogue::{Attribute, Family};
use crate::sampling::SampleReason;

/// The attributes of the root and of a marker of its task, required and optional.
const OF_ROOT: [Attribute; 6] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::Namespace,
    Attribute::ParentCorrelationId,
    Attribute::TaskName,
    Attribute::Priority,
];

/// The attributes of an execution whose worker was lost, and of a marker of one.
const OF_LOST_ATTEMPT: [Attribute; 10] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::StepUuid,
    Attribute::HandlerName,
    Attribute::Namespace,
    Attribute::StepName,
    Attribute::AttemptNumber,
    Attribute::MaxAttempts,
    Attribute::Generation,
    Attribute::Continuation,
];

/// The attributes of a transition that no code ran.
const OF_RECORDED_TRANSITION: [Attribute; 8] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::Namespace,
    Attribute::FromState,
    Attribute::ToState,
    Attribute::ParentCorrelationId,
    Attribute::TaskName,
    Attribute::Priority,
];

const CONVERSATION_ID: &str = "messaging.message.conversation_id";

/// Calls `add` with all attributes, the most important ones first: a limit cuts the others.
pub(crate) fn attributes(record: &SpanRecord, mut add: impl FnMut(&Key, Value<'_>)) {
    let mut add_static = |key: &'static str, value: Value<'_>| add(&Key::from_static_str(key), value);
    match record.extra.as_deref() {
        Some(extra) if !extra.attributes.is_empty() => with_those_set(record, extra, add),
        _ => {
            fixed(record, &mut add_static);
            of_site(record, &mut add_static);
        }
    }
}

/// A later value of a key replaces the earlier one; the catalogue and the outcome decide on theirs.
fn with_those_set(record: &SpanRecord, extra: &Extra, mut add: impl FnMut(&Key, Value<'_>)) {
    let mut all = Vec::new();
    let mut push = |key: &'static str, value: Value<'_>| all.push(KeyValue::new(key, value));
    fixed(record, &mut push);
    of_site(record, &mut push);
    let decided = {
        let mut decided = 0;
        fixed(record, |_, _| decided += 1);
        decided
    };
    for set in &extra.attributes {
        // The name by which `tracing-opentelemetry` is told of a name is no attribute.
        if !matches!(record.source, Source::Site(_)) || set.key.as_str() == "otel.name" {
            continue;
        }
        match all.iter().position(|present| present.key == set.key) {
            Some(index) if index < decided => {}
            Some(index) => all[index] = set.clone(),
            None => all.push(set.clone()),
        }
    }
    for attribute in &all {
        add(&attribute.key, Value::Set(&attribute.value));
    }
}

/// The catalogue's attributes and those that tell the outcome.
#[inline]
pub(crate) fn fixed(record: &SpanRecord, mut add: impl FnMut(&'static str, Value<'_>)) {
    let own: &[Attribute] = match record.source {
        Source::Site(site) => site.attributes(),
        Source::Root | Source::Running(Family::Task) => &OF_ROOT,
        Source::LostAttempt | Source::Running(Family::Step) => &OF_LOST_ATTEMPT,
        Source::RecordedTransition => &OF_RECORDED_TRANSITION,
    };
    for attribute in own {
        let value = match record.attributes.get(*attribute) {
            Some(AttributeValue::Uuid(id)) => Value::Uuid(id),
            Some(AttributeValue::Text(text)) => Value::Text(text),
            Some(AttributeValue::Integer(integer)) => Value::Integer(integer),
            None => continue,
        };
        add(attribute.name(), value);
    }
    if let Some(name) = name_in_catalogue(record) {
        add("tasker.span", Value::Static(name));
    }
    if let Some((error_type, _)) = failure(record) {
        add("error.type", Value::Text(error_type));
    }
    if matches!(record.end, End::Cancelled) {
        add("tasker.cancelled", Value::Bool(true));
    }
    if let SampleReason::AtEnd(by) = record.reason {
        add("tasker.sampled_by", Value::Static(by.name()));
    }
    if let Some(extra) = &record.extra {
        if let Some(worker) = &extra.lost_worker {
            add("tasker.worker.id", Value::Text(&worker.id));
        }
        if extra.is_transition_unseen {
            add("tasker.transition_unseen", Value::Bool(true));
        }
        if extra.is_attempt_repeated {
            add("tasker.attempt_repeated", Value::Bool(true));
        }
    }
    let violations = record.extra.as_deref().map_or(&[][..], |extra| &extra.violations);
    if !violations.is_empty() {
        add("tasker.violation", Value::Text(&violations.join("; ")));
    }
}

/// The code, the messages and the user's own fields of a call site; the state of a root; the age and the state of running work.
fn of_site(record: &SpanRecord, add: &mut impl FnMut(&'static str, Value<'_>)) {
    match record.source {
        Source::Site(site) => {
            code(site, &mut *add);
            if let Some(extra) = record.extra.as_deref() {
                messages_and_fields(record, site, extra, add);
            }
        }
        Source::Root => {
            if let Some(state) = record.attributes.to_state.as_deref() {
                add("tasker.final_state", Value::Text(state));
            }
        }
        Source::Running(_) => {
            if let (Time::Unix(started), Time::Unix(now)) = (record.started, record.ended) {
                let millis = i64::try_from(now.saturating_sub(started) / 1_000_000);
                add("tasker.running_for_ms", Value::Integer(millis.unwrap_or(i64::MAX)));
            }
            if let Some(state) = record.attributes.to_state.as_deref() {
                add("tasker.state", Value::Text(state));
            }
        }
        Source::LostAttempt | Source::RecordedTransition => {}
    }
}

fn messages_and_fields(
    record: &SpanRecord,
    site: &'static Site,
    extra: &Extra,
    add: &mut impl FnMut(&'static str, Value<'_>),
) {
    let fields = site.callsite().metadata.fields();
    let is_users_own = |name: &'static str| fields.field(name).is_some();
    let mut add_message = |name: &'static str, value: Value<'_>| {
        if !is_users_own(name) {
            add(name, value);
        }
    };
    extra.received.attributes(Operation::Process, &mut add_message);
    for (name, value) in fields_of(site, extra) {
        let value = match value {
            _ if name == "otel.name" => continue,
            FieldValue::Absent => continue,
            FieldValue::Text(text) | FieldValue::Displayed(text) => Value::Text(text),
            FieldValue::Integer(integer) => Value::Integer(*integer),
            FieldValue::Float(float) => Value::Float(*float),
            FieldValue::Bool(bool) => Value::Bool(*bool),
        };
        add(name, value);
    }
    let mut add_message = |name: &'static str, value: Value<'_>| {
        if !is_users_own(name) {
            add(name, value);
        }
    };
    if extra.received.is_empty() {
        extra.sent.attributes(Operation::Send, &mut add_message);
    }
    if let Some(id) = record.attributes.correlation_id
        && !(extra.received.is_empty() && extra.sent.is_empty())
    {
        add_message(CONVERSATION_ID, Value::Uuid(id));
    }
}
