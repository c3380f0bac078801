//! Spans of other code within the limits.

use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::Limits;
use crate::subscriber;

fn span(attributes: Vec<KeyValue>, events: Vec<Event>, links: Vec<Link>) -> SpanData {
    let (mut all_events, mut all_links) = (SpanEvents::default(), SpanLinks::default());
    (all_events.events, all_links.links) = (events, links);
    SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "span".into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes,
        dropped_attributes_count: 1,
        events: all_events,
        links: all_links,
        status: Status::Unset,
        instrumentation_scope: subscriber::scope(),
    }
}

fn of_attributes(attributes: Vec<KeyValue>) -> SpanData {
    span(attributes, Vec::new(), Vec::new())
}

fn event(name: &str, attributes: Vec<KeyValue>) -> Event {
    Event::new(name.to_owned(), SystemTime::UNIX_EPOCH, attributes, 0)
}

fn texts<const N: usize>(texts: [&str; N]) -> Value {
    Value::Array(Array::String(
        texts.map(|text| StringValue::from(text.to_owned())).to_vec(),
    ))
}

const CUT: Limits = Limits {
    attributes: 4,
    events: 3,
    links: 2,
    event_attributes: 2,
    link_attributes: 1,
    text: Some(5),
};

#[test]
fn texts_are_cut_to_characters_and_nothing_else_is() {
    let span = of_attributes(vec![
        KeyValue::new("text", "größer"),
        KeyValue::new("texts", texts(["größe", "größer", ""])),
        KeyValue::new("integer", 1_234_567),
        KeyValue::new("list", Value::Array(Array::I64(vec![1; 100]))),
    ]);
    let mut expected = span.clone();
    expected.attributes[0].value = "größe".into();
    expected.attributes[1].value = texts(["größe", "größe", ""]);
    assert_eq!(CUT.apply(span), expected);
}

#[test]
fn what_is_beyond_a_count_is_dropped_and_counted() {
    let attributes = |count| (0..count).map(|_| KeyValue::new("key", 1)).collect::<Vec<_>>();
    let link = || Link::new(SpanContext::empty_context(), attributes(3), 7);
    let events = (0..5).map(|_| event("event", attributes(6))).collect();
    let span = CUT.apply(span(attributes(7), events, (0..5).map(|_| link()).collect()));
    assert_eq!((span.attributes.len(), span.dropped_attributes_count), (4, 1 + 3));
    assert_eq!((span.events.len(), span.events.dropped_count), (3, 2));
    assert_eq!((span.links.len(), span.links.dropped_count), (2, 3));
    for event in &*span.events {
        assert_eq!((event.attributes.len(), event.dropped_attributes_count), (2, 4));
    }
    for link in &*span.links {
        assert_eq!((link.attributes.len(), link.dropped_attributes_count), (1, 7 + 2));
    }
}

#[test]
fn attributes_of_the_catalogue_keep_what_the_catalogue_allows() {
    let id = "0197c3e5-2f9b-7c3e-8f7a-1c2d3e4f5a6b";
    let span = CUT.apply(of_attributes(vec![
        KeyValue::new("task_uuid", id),
        KeyValue::new("namespace", "n".repeat(300)),
        KeyValue::new("other_uuid", id),
    ]));
    let lengths: Vec<_> = span
        .attributes
        .iter()
        .map(|attribute| attribute.value.as_str().len())
        .collect();
    assert_eq!(lengths, [id.len(), 256, 5]);
}

#[test]
fn only_events_have_a_limit_by_default() {
    let long = || "x".repeat(100_000);
    let attribute = || vec![KeyValue::new("text", long())];
    let link = Link::new(SpanContext::empty_context(), attribute(), 0);
    let span = Limits::DEFAULT.apply(span(attribute(), vec![event(&long(), attribute())], vec![link]));
    let length = |attributes: &[KeyValue]| attributes[0].value.as_str().len();
    assert_eq!(length(&span.attributes), 100_000);
    assert_eq!(length(&span.links[0].attributes), 100_000);
    assert_eq!(
        (span.events[0].name.len(), length(&span.events[0].attributes)),
        (8_192, 8_192)
    );
}

#[test]
fn a_message_is_cut_by_the_default_alone() {
    let long = "x".repeat(20_000);
    let of = |text| {
        let limits = Limits {
            text: Some(text),
            ..Limits::DEFAULT
        };
        let span = limits.apply(span(Vec::new(), vec![event(&long, Vec::new())], Vec::new()));
        span.events[0].name.len()
    };
    assert_eq!((of(5), of(10_000)), (8_192, 10_000));
}

#[test]
fn a_span_has_the_error_of_its_last_event_within_the_limit_of_events() {
    let long = |letter: &str| KeyValue::new("exception.message", letter.repeat(10_000));
    let mut failed = of_attributes(vec![long("a"), KeyValue::new("key", 1), long("b"), long("c")]);
    failed.status = Status::error("x".repeat(10_000));
    let span = Limits::DEFAULT.apply(failed);
    let [key, message] = &*span.attributes else {
        panic!("{:?}", span.attributes)
    };
    assert_eq!(key, &KeyValue::new("key", 1));
    assert_eq!(message.value.as_str(), "c".repeat(8_192));
    assert_eq!(span.status, Status::error("x".repeat(8_192)));
    assert_eq!(span.dropped_attributes_count, 1);
}

#[test]
fn an_event_after_long_ones_keeps_the_beginning_of_its_texts() {
    let long = |_| event("charging", vec![KeyValue::new("body", "x".repeat(100_000))]);
    let mut events: Vec<_> = (0..50).map(long).collect();
    let last = event(
        "declined",
        vec![KeyValue::new("code", 51), KeyValue::new("card", "visa")],
    );
    events.push(last.clone());
    let span = Limits::DEFAULT.apply(span(Vec::new(), events, Vec::new()));
    assert_eq!((span.events.len(), span.events.dropped_count), (51, 0));
    assert_eq!(
        span.events[49].attributes[0].value.as_str().len(),
        512 - "charging".len()
    );
    assert_eq!(span.events[50], last);
}

#[test]
fn an_attribute_of_an_event_without_room_is_dropped_and_counted() {
    let mut attributes: Vec<_> = (0..20).map(|_| KeyValue::new("text", "x".repeat(8_192))).collect();
    attributes.push(KeyValue::new("number", 7));
    attributes.push(KeyValue::new("numbers", Value::Array(Array::I64(vec![0; 10]))));
    let span = Limits::DEFAULT.apply(span(Vec::new(), vec![event("", attributes)], Vec::new()));
    let event = &span.events[0];
    // Eight whole texts, the beginning of the ninth, and the number.
    assert_eq!(event.attributes.len(), 10);
    assert_eq!(event.attributes[8].value.as_str().len(), 512);
    assert_eq!(event.attributes[9], KeyValue::new("number", 7));
    assert_eq!(event.dropped_attributes_count, 12);
}

#[test]
fn a_list_of_texts_ends_where_there_is_no_room() {
    let list = vec![StringValue::from("x".repeat(1_000)); 1_000];
    let attribute = KeyValue::new("list", Value::Array(Array::String(list)));
    let span = Limits::DEFAULT.apply(span(Vec::new(), vec![event("", vec![attribute])], Vec::new()));
    let Value::Array(Array::String(texts)) = &span.events[0].attributes[0].value else {
        panic!("a list of texts")
    };
    let bytes: usize = texts.iter().map(|text| text.as_str().len()).sum();
    assert!((60_000..=64 * 1024 + 512).contains(&bytes), "{bytes}");
}

fn value() -> impl Strategy<Value = Value> {
    let text = || prop_oneof!["\\PC{0,20}", "[aß€😀]{20,40}"];
    prop_oneof![
        text().prop_map(Value::from),
        vec(text(), 0..5).prop_map(|texts| {
            let texts = texts.into_iter().map(StringValue::from);
            Value::Array(Array::String(texts.collect()))
        }),
        any::<i64>().prop_map(Value::from),
        vec(any::<i64>(), 0..5).prop_map(|list| Value::Array(Array::I64(list))),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec(value().prop_map(|value| KeyValue::new("key", value)), 0..8)
}

fn spans() -> impl Strategy<Value = SpanData> {
    let events = vec(
        ("[aß€😀]{0,30}", attributes()).prop_map(|(name, attributes)| event(&name, attributes)),
        0..8,
    );
    let link = |attributes| Link::new(SpanContext::empty_context(), attributes, 0);
    let links = vec(attributes().prop_map(link), 0..8);
    (attributes(), events, links).prop_map(|(attributes, events, links)| span(attributes, events, links))
}

fn limits() -> impl Strategy<Value = Limits> {
    let text = proptest::option::of(prop_oneof![0..10_u32, 20..50_u32]);
    ([(); 5].map(|()| 0..10_u32), text).prop_map(|(counts, text)| Limits {
        attributes: counts[0],
        events: counts[1],
        links: counts[2],
        event_attributes: counts[3],
        link_attributes: counts[4],
        text,
    })
}

/// Whether the value is the beginning of the other one, and within the limit.
fn is_cut(cut: &Value, whole: &Value, limit: usize) -> bool {
    let fits = |cut: &str, whole: &str| cut == whole.chars().take(limit).collect::<String>();
    match (cut, whole) {
        (Value::String(cut), Value::String(whole)) => fits(cut.as_str(), whole.as_str()),
        (Value::Array(Array::String(cut)), Value::Array(Array::String(whole))) => {
            let mut both = cut.iter().zip(whole);
            cut.len() == whole.len() && both.all(|(cut, whole)| fits(cut.as_str(), whole.as_str()))
        }
        (cut, whole) => cut == whole,
    }
}

/// Whether the list is the beginning of the other one, and what it lacks is counted.
fn is_beginning(cut: &[KeyValue], whole: &[KeyValue], dropped: u32, count: u32, text: usize) -> bool {
    let mut both = cut.iter().zip(whole);
    cut.len() == whole.len().min(count as usize)
        && cut.len() + dropped as usize == whole.len()
        && both.all(|(cut, whole)| cut.key == whole.key && is_cut(&cut.value, &whole.value, text))
}

proptest! {
    /// These events are far from the bytes that they share.
    #[test]
    fn a_span_within_the_limits_is_the_beginning_of_the_whole(span in spans(), limits in limits()) {
        let cut = limits.apply(span.clone());
        let text = limits.text_limit().unwrap_or(usize::MAX);
        let (attributes, dropped) = (&cut.attributes, cut.dropped_attributes_count - span.dropped_attributes_count);
        prop_assert!(is_beginning(attributes, &span.attributes, dropped, limits.attributes, text));
        prop_assert_eq!(cut.events.len() + cut.events.dropped_count as usize, span.events.len());
        prop_assert_eq!(cut.events.len(), span.events.len().min(limits.events as usize));
        for (cut, whole) in cut.events.iter().zip(&*span.events) {
            let (attributes, dropped) = (&cut.attributes, cut.dropped_attributes_count);
            prop_assert_eq!(&cut.name, &whole.name);
            prop_assert!(is_beginning(attributes, &whole.attributes, dropped, limits.event_attributes, text));
        }
        prop_assert_eq!(cut.links.len() + cut.links.dropped_count as usize, span.links.len());
        for (cut, whole) in cut.links.iter().zip(&*span.links) {
            let (attributes, dropped) = (&cut.attributes, cut.dropped_attributes_count);
            prop_assert!(is_beginning(attributes, &whole.attributes, dropped, limits.link_attributes, text));
        }
        prop_assert_eq!(limits.apply(cut.clone()), cut);
    }

    #[test]
    fn events_take_so_many_bytes_and_each_attribute_is_there_or_counted(
        lengths in vec(vec(0..20_000_usize, 0..6), 0..128),
        letter in prop_oneof![Just('a'), Just('ß'), Just('€')],
    ) {
        let text = |length: &usize| KeyValue::new("text", letter.to_string().repeat(length / letter.len_utf8()));
        let events: Vec<_> = lengths.iter().map(|of| event("message", of.iter().map(text).collect())).collect();
        let cut = Limits::DEFAULT.apply(span(Vec::new(), events, Vec::new()));
        let bytes = |event: &Event| {
            let texts = event.attributes.iter().map(|attribute| attribute.value.as_str().len());
            event.name.len() + texts.sum::<usize>()
        };
        let all: usize = cut.events.iter().map(bytes).sum();
        prop_assert!(all <= 64 * 1024 + 512 * cut.events.len());
        for (cut, whole) in cut.events.iter().zip(&lengths) {
            prop_assert_eq!(cut.attributes.len() + cut.dropped_attributes_count as usize, whole.len());
            prop_assert_eq!(&*cut.name, "message");
        }
        prop_assert_eq!(Limits::DEFAULT.apply(cut.clone()), cut);
    }
}
