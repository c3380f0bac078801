//! [OTLP JSON](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in hex digits, 64-bit integers as text
//! or numbers, enumerations as numbers or names.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde::Deserialize;
use serde_json::Value;

use super::Exported;
use crate::json::or_empty;

/// What an exporter sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    #[serde(default, deserialize_with = "or_empty")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    #[serde(default, deserialize_with = "or_empty")]
    resource: Resource,
    #[serde(default, deserialize_with = "or_empty")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Debug, Default, Deserialize)]
struct Resource {
    #[serde(default, deserialize_with = "or_empty")]
    attributes: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
struct ScopeSpans {
    #[serde(default, deserialize_with = "or_empty")]
    scope: Scope,
    #[serde(default, deserialize_with = "or_empty")]
    spans: Vec<Span>,
}

#[derive(Debug, Default, Deserialize)]
struct Scope {
    #[serde(default, deserialize_with = "or_empty")]
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
struct Span {
    trace_id: String,
    span_id: String,
    #[serde(default, deserialize_with = "or_empty")]
    parent_span_id: String,
    #[serde(default, deserialize_with = "or_empty")]
    trace_state: String,
    #[serde(default, deserialize_with = "or_empty")]
    name: String,
    #[serde(default)]
    kind: Value,
    #[serde(default)]
    start_time_unix_nano: Value,
    #[serde(default)]
    end_time_unix_nano: Value,
    #[serde(default, deserialize_with = "or_empty")]
    attributes: Vec<Attribute>,
    #[serde(default, deserialize_with = "or_empty")]
    events: Vec<SpanEvent>,
    #[serde(default, deserialize_with = "or_empty")]
    links: Vec<SpanLink>,
    #[serde(default, deserialize_with = "or_empty")]
    status: SpanStatus,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpanEvent {
    #[serde(default)]
    time_unix_nano: Value,
    #[serde(default, deserialize_with = "or_empty")]
    name: String,
    #[serde(default, deserialize_with = "or_empty")]
    attributes: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpanLink {
    #[serde(default, deserialize_with = "or_empty")]
    trace_id: String,
    #[serde(default, deserialize_with = "or_empty")]
    span_id: String,
    #[serde(default, deserialize_with = "or_empty")]
    attributes: Vec<Attribute>,
}

#[derive(Debug, Default, Deserialize)]
struct SpanStatus {
    #[serde(default)]
    code: Value,
    #[serde(default, deserialize_with = "or_empty")]
    message: String,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    value: Value,
}

/// The spans of a request.
pub(super) fn exported(request: Request) -> impl Iterator<Item = Exported> {
    request.resource_spans.into_iter().flat_map(|of_resource| {
        let mut attributes = of_resource.resource.attributes.iter();
        let service = attributes.find(|attribute| attribute.key == "service.name");
        let service: Option<Arc<str>> = service
            .and_then(|service| service.value.get("stringValue")?.as_str())
            .map(Into::into);
        of_resource.scope_spans.into_iter().flat_map(move |of_scope| {
            let service = service.clone();
            of_scope.spans.into_iter().map(move |span| Exported {
                data: span_data(span, &of_scope.scope.name),
                service: service.clone(),
            })
        })
    })
}

fn span_data(span: Span, scope: &str) -> SpanData {
    let start_time = time(&span.start_time_unix_nano);
    let mut events = SpanEvents::default();
    events.events.extend(span.events.into_iter().map(|event| {
        let at = time(&event.time_unix_nano);
        Event::new(event.name, at, attributes(event.attributes), 0)
    }));
    let mut links = SpanLinks::default();
    links.links.extend(span.links.into_iter().map(|link| {
        let context = context(&link.trace_id, &link.span_id, TraceState::default());
        Link::new(context, attributes(link.attributes), 0)
    }));
    SpanData {
        span_context: context(
            &span.trace_id,
            &span.span_id,
            TraceState::from_str(&span.trace_state).unwrap_or_default(),
        ),
        parent_span_id: SpanId::from_hex(&span.parent_span_id).unwrap_or(SpanId::INVALID),
        parent_span_is_remote: false,
        span_kind: kind(&span.kind),
        name: span.name.into(),
        start_time,
        end_time: time(&span.end_time_unix_nano),
        attributes: attributes(span.attributes),
        dropped_attributes_count: 0,
        events,
        links,
        status: status(span.status),
        instrumentation_scope: InstrumentationScope::builder(scope.to_owned()).build(),
    }
}

fn context(trace_id: &str, span_id: &str, state: TraceState) -> SpanContext {
    let trace_id = TraceId::from_hex(trace_id).unwrap_or(TraceId::INVALID);
    let span_id = SpanId::from_hex(span_id).unwrap_or(SpanId::INVALID);
    SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, state)
}

/// A time that is absent, or that the system cannot hold, is that of 1970.
fn time(nanos: &Value) -> SystemTime {
    let nanos = unsigned(nanos).unwrap_or_default();
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos));
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

fn unsigned(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn signed(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn kind(kind: &Value) -> SpanKind {
    match (kind.as_u64(), kind.as_str()) {
        (Some(2), _) | (_, Some("SPAN_KIND_SERVER")) => SpanKind::Server,
        (Some(3), _) | (_, Some("SPAN_KIND_CLIENT")) => SpanKind::Client,
        (Some(4), _) | (_, Some("SPAN_KIND_PRODUCER")) => SpanKind::Producer,
        (Some(5), _) | (_, Some("SPAN_KIND_CONSUMER")) => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn status(status: SpanStatus) -> Status {
    match (status.code.as_u64(), status.code.as_str()) {
        (Some(1), _) | (_, Some("STATUS_CODE_OK")) => Status::Ok,
        (Some(2), _) | (_, Some("STATUS_CODE_ERROR")) => Status::error(status.message),
        _ => Status::Unset,
    }
}

fn attributes(attributes: Vec<Attribute>) -> Vec<KeyValue> {
    let pair = |attribute: Attribute| KeyValue::new(attribute.key, value(&attribute.value));
    attributes.into_iter().map(pair).collect()
}

/// What OpenTelemetry's spans cannot hold is its JSON.
fn value(any: &Value) -> opentelemetry::Value {
    let field = |key| any.get(key);
    if let Some(text) = field("stringValue").and_then(Value::as_str) {
        return Cow::Owned::<str>(text.to_owned()).into();
    }
    if let Some(flag) = field("boolValue").and_then(Value::as_bool) {
        return flag.into();
    }
    if let Some(number) = field("intValue").and_then(signed) {
        return number.into();
    }
    if let Some(number) = field("doubleValue").and_then(double) {
        return number.into();
    }
    let texts = |values: &Vec<Value>| {
        let text = |any: &Value| Some(StringValue::from(any.get("stringValue")?.as_str()?.to_owned()));
        values.iter().map(text).collect::<Option<Vec<_>>>()
    };
    let list = field("arrayValue").and_then(|list| list.get("values")?.as_array());
    if let Some(texts) = list.and_then(texts) {
        return opentelemetry::Value::Array(Array::String(texts));
    }
    any.to_string().into()
}

fn double(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
