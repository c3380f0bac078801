//! Spans that no recording would produce, drawn as trees and checked.

#![no_main]

use std::time::{Duration, SystemTime};

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tasker_span_fuzz::{assert_line, without_colours};
use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::catalogue::{Attribute, CATALOGUE};
use tasker_span_runtime::testing::{Outline, Spans, TreeText};
use unicode_width::UnicodeWidthStr;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    width: u8,
    spans: Vec<Span<'a>>,
}

#[derive(Debug, Arbitrary)]
struct Span<'a> {
    trace: bool,
    id: u8,
    parent: u8,
    name: Name<'a>,
    start: u64,
    duration: i64,
    kind: u8,
    status: Option<Option<&'a str>>,
    attributes: Vec<(Key<'a>, Value<'a>)>,
    events: Vec<(&'a str, u64, Key<'a>, Value<'a>)>,
    links: Vec<(bool, u8, Key<'a>, Value<'a>)>,
    state: &'a str,
    scope: bool,
}

#[derive(Debug, Arbitrary)]
enum Name<'a> {
    Catalogue(u8),
    Other(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Key<'a> {
    Catalogue(u8),
    Ours(u8),
    Other(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Value<'a> {
    Text(&'a str),
    Integer(i64),
    Small(u8),
    Float(f64),
    Flag(bool),
    Task,
}

/// Attributes that the runtime adds.
const OURS: [&str; 10] = [
    "error.type",
    "error.message",
    "exception.type",
    "exception.message",
    "tasker.sampled_by",
    "tasker.violation",
    "tasker.cancelled",
    "tasker.final_state",
    "tasker.attempt_repeated",
    "tasker.link",
];

const TASK: &str = "0198c0de-0000-7000-8000-000000000001";

fuzz_target!(|data: &[u8]| {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let width = 60 + usize::from(input.width);
    let spans = Spans::from_exported(input.spans.iter().map(data_of), UnknownNamespace::default());
    for text in [
        TreeText::new(&spans),
        TreeText::new(&spans).all(),
        TreeText::new(&spans).links(),
    ] {
        let plain = text.clone().render();
        plain.lines().for_each(assert_line);
        assert_eq!(without_colours(&text.clone().coloured().render()), plain);
        for line in text.width(width).render().lines() {
            assert_line(line);
            assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }
    for problem in spans.check_complete().iter().chain(&spans.check()) {
        problem.to_string().lines().for_each(assert_line);
    }
    for tree in spans.trees() {
        Outline::of([tree.clone()]).to_string().lines().for_each(assert_line);
        assert!(tree.walk().count() <= input.spans.len());
    }
});

fn data_of(span: &Span<'_>) -> SpanData {
    let start_time = SystemTime::UNIX_EPOCH + Duration::from_nanos(span.start);
    let end = span.start.saturating_add_signed(span.duration);
    let mut events = SpanEvents::default();
    events.events.extend(span.events.iter().map(|(name, at, key, value)| {
        let at = SystemTime::UNIX_EPOCH + Duration::from_nanos(*at);
        Event::new((*name).to_owned(), at, vec![pair(key, value)], 0)
    }));
    let mut links = SpanLinks::default();
    links.links.extend(
        span.links.iter().map(|(trace, id, key, value)| {
            Link::new(context(*trace, *id, TraceState::NONE), vec![pair(key, value)], 0)
        }),
    );
    SpanData {
        span_context: context(span.trace, span.id, span.state.parse().unwrap_or_default()),
        parent_span_id: SpanId::from(u64::from(span.parent)),
        parent_span_is_remote: false,
        span_kind: match span.kind % 5 {
            0 => SpanKind::Internal,
            1 => SpanKind::Server,
            2 => SpanKind::Client,
            3 => SpanKind::Producer,
            _ => SpanKind::Consumer,
        },
        name: match span.name {
            Name::Catalogue(index) => CATALOGUE[usize::from(index) % CATALOGUE.len()].name.into(),
            Name::Other(name) => name.to_owned().into(),
        },
        start_time,
        end_time: SystemTime::UNIX_EPOCH + Duration::from_nanos(end),
        attributes: span.attributes.iter().map(|(key, value)| pair(key, value)).collect(),
        dropped_attributes_count: 0,
        events,
        links,
        status: match &span.status {
            None => Status::Unset,
            Some(None) => Status::Ok,
            Some(Some(message)) => Status::error((*message).to_owned()),
        },
        instrumentation_scope: InstrumentationScope::builder(if span.scope { "tasker-span" } else { "other" }).build(),
    }
}

fn context(trace: bool, id: u8, state: TraceState) -> SpanContext {
    let task = tasker_span_runtime::Uuid::try_parse(TASK).expect("a UUID");
    let trace = if trace {
        7
    } else {
        tasker_span_runtime::identity::trace_id(task).to_u128()
    };
    SpanContext::new(
        TraceId::from(trace),
        SpanId::from(u64::from(id)),
        TraceFlags::SAMPLED,
        false,
        state,
    )
}

fn pair(key: &Key<'_>, value: &Value<'_>) -> KeyValue {
    let key = match key {
        Key::Catalogue(index) => Attribute::ALL[usize::from(*index) % Attribute::ALL.len()]
            .name()
            .to_owned(),
        Key::Ours(index) => OURS[usize::from(*index) % OURS.len()].to_owned(),
        Key::Other(key) => (*key).to_owned(),
    };
    match value {
        Value::Text(text) => KeyValue::new(key, (*text).to_owned()),
        Value::Integer(number) => KeyValue::new(key, *number),
        Value::Small(number) => KeyValue::new(key, i64::from(*number)),
        Value::Float(number) => KeyValue::new(key, *number),
        Value::Flag(flag) => KeyValue::new(key, *flag),
        Value::Task => KeyValue::new(key, TASK),
    }
}
