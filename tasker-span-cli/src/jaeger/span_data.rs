//! Conversion of Jaeger's spans to OpenTelemetry's, the inverse of [OpenTelemetry's mapping][mapping].
//!
//! [mapping]: https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/

use std::borrow::Cow;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde_json::Value;

use super::{Log, RefType, Reference, Span, Tag};

/// The tags that stand for other properties than attributes.
const MAPPED: [&str; 7] = [
    "error",
    "otel.scope.name",
    "otel.scope.version",
    "otel.status_code",
    "otel.status_description",
    "span.kind",
    "w3c.tracestate",
];

/// The exported span, with times in microseconds and without the attributes of links.
pub(crate) fn span_data(span: &Span) -> SpanData {
    let (parents, links) = (span.references(RefType::ChildOf), span.references(RefType::FollowsFrom));
    let state = span.tag("w3c.tracestate").unwrap_or_default();
    let start_time = time(span.start_time);
    let mut events = SpanEvents::default();
    events.events.extend(span.logs.iter().map(event));
    let mut span_links = SpanLinks::default();
    span_links.links.extend(links.into_iter().map(link));
    SpanData {
        span_context: context(
            &span.trace_id,
            &span.span_id,
            TraceState::from_str(&state).unwrap_or_default(),
        ),
        parent_span_id: parents
            .first()
            .map_or(SpanId::INVALID, |parent| span_id(&parent.span_id)),
        parent_span_is_remote: false,
        span_kind: kind(span),
        name: span.operation_name.clone().into(),
        start_time,
        end_time: after(start_time, span.duration),
        attributes: attributes(span.tags.iter().filter(|tag| !MAPPED.contains(&&*tag.key))),
        dropped_attributes_count: 0,
        events,
        links: span_links,
        status: status(span),
        instrumentation_scope: InstrumentationScope::builder(span.tag("otel.scope.name").unwrap_or_default()).build(),
    }
}

fn kind(span: &Span) -> SpanKind {
    match span.tag("span.kind").as_deref() {
        Some("producer") => SpanKind::Producer,
        Some("consumer") => SpanKind::Consumer,
        Some("client") => SpanKind::Client,
        Some("server") => SpanKind::Server,
        _ => SpanKind::Internal,
    }
}

fn status(span: &Span) -> Status {
    match span.tag("otel.status_code").as_deref() {
        Some("ERROR") => Status::error(span.tag("otel.status_description").unwrap_or_default()),
        Some("OK") => Status::Ok,
        _ => Status::Unset,
    }
}

fn event(log: &Log) -> Event {
    let is_name = |tag: &&Tag| tag.key == "event";
    let name = log.fields.iter().find(is_name).and_then(|tag| tag.value.as_str());
    let fields = log.fields.iter().filter(|tag| !is_name(tag));
    Event::new(
        name.unwrap_or_default().to_owned(),
        time(log.timestamp),
        attributes(fields),
        0,
    )
}

fn link(reference: &Reference) -> Link {
    let context = context(&reference.trace_id, &reference.span_id, TraceState::default());
    Link::new(context, Vec::new(), 0)
}

fn context(trace_id: &str, span: &str, state: TraceState) -> SpanContext {
    let trace_id = TraceId::from_hex(trace_id).unwrap_or(TraceId::INVALID);
    SpanContext::new(trace_id, span_id(span), TraceFlags::SAMPLED, true, state)
}

fn span_id(hex: &str) -> SpanId {
    SpanId::from_hex(hex).unwrap_or(SpanId::INVALID)
}

fn time(micros: u64) -> SystemTime {
    after(SystemTime::UNIX_EPOCH, micros)
}

/// A time that the system cannot hold is no later.
fn after(time: SystemTime, micros: u64) -> SystemTime {
    time.checked_add(Duration::from_micros(micros)).unwrap_or(time)
}

fn attributes<'a>(tags: impl Iterator<Item = &'a Tag>) -> Vec<KeyValue> {
    tags.map(|tag| KeyValue::new(tag.key.clone(), value(tag))).collect()
}

fn value(tag: &Tag) -> opentelemetry::Value {
    match (&*tag.kind, &tag.value) {
        ("int64", Value::Number(number)) => number.as_i64().unwrap_or_default().into(),
        ("float64", Value::Number(number)) => number.as_f64().unwrap_or_default().into(),
        (_, Value::Bool(value)) => (*value).into(),
        (_, Value::String(text)) => Cow::Owned::<str>(text.clone()).into(),
        (_, other) => other.to_string().into(),
    }
}
