//! What holds for every text and every JSON document, and between a trace context and OpenTelemetry's propagator.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tasker_span_tests::prelude::*;

use super::PARENT;

/// Whether the specification calls it valid, in version 00.
fn is_valid(parent: &str) -> bool {
    let parts = parent.split('-').collect::<Vec<_>>();
    let is_hex = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    let lengths = parts.iter().map(|part| part.len()).collect::<Vec<_>>();
    lengths == [2, 32, 16, 2]
        && parts.iter().all(|part| is_hex(part))
        && parts[0] == "00"
        && !is_zero(parts[1])
        && !is_zero(parts[2])
        && ["00", "01", "02", "03"].contains(&parts[3])
}

/// What holds for every trace context.
fn check(trace_context: &TraceContext) {
    let (parent, state) = (trace_context.traceparent(), trace_context.tracestate());
    assert_eq!(trace_context.is_empty(), parent.is_none());
    assert!(parent.as_deref().is_none_or(is_valid), "{parent:?}");
    assert_eq!(
        &TraceContext::from_headers(parent.as_deref(), state),
        trace_context,
        "read as it was written"
    );

    let document = serde_json::to_string(trace_context).unwrap();
    // `jsonb` shows a blank after each colon and each comma.
    assert!(document.len() + 3 <= 600, "{} bytes: {document}", document.len());
    assert_eq!(&serde_json::from_str::<TraceContext>(&document).unwrap(), trace_context);

    let mut headers = HashMap::new();
    trace_context.inject(&mut headers);
    assert_eq!(&TraceContext::extract(&headers), trace_context);

    let by_otel = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    let by_otel = by_otel.span().span_context().clone();
    assert_eq!(
        &by_otel,
        trace_context.context().span().span_context(),
        "as the propagator reads it, but for its flags"
    );
}

/// The propagator knows no flag but one.
fn check_without_random_flag(trace_context: &TraceContext) {
    let parent = trace_context.traceparent();
    let parent = parent.map(|parent| format!("{}0{}", &parent[..53], u8::from(trace_context.is_sampled())));
    check(&TraceContext::from_headers(
        parent.as_deref(),
        trace_context.tracestate(),
    ));
}

/// A text near to a valid one.
fn mutated(valid: &'static str) -> impl Strategy<Value = String> {
    let change = (0..=valid.len(), 0..4_u8, any::<char>());
    prop::collection::vec(change, 1..4).prop_map(move |changes| {
        let mut text = valid.chars().collect::<Vec<_>>();
        for (position, change, character) in changes {
            let position = position.min(text.len().saturating_sub(1));
            match change {
                _ if text.is_empty() => text.push(character),
                0 => text[position] = character,
                1 => text.insert(position, character),
                2 => drop(text.remove(position)),
                _ => text.truncate(position),
            }
        }
        text.into_iter().collect()
    })
}

fn traceparent() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        mutated(PARENT),
        "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,10})?",
        Just(PARENT.to_owned()),
    ]
}

fn tracestate() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        mutated("rojo=00f067aa0ba902b7, fw529a3039@dt=Fffff,ot=th:8;rv:0123456789abcd"),
        prop::collection::vec("[a-f][a-z0-9@_*/-]{0,3}=[!-+--<>-~]{1,200}", 0..40).prop_map(|list| list.join(",")),
    ]
}

/// Any document, in which the two names are likely.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        traceparent().prop_map(Value::from),
        tracestate().prop_map(Value::from),
    ];
    let key = prop_oneof![
        4 => Just("traceparent".to_owned()),
        2 => Just("tracestate".to_owned()),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

#[derive(Deserialize)]
struct Body {
    after: u8,
    #[serde(default)]
    trace_context: TraceContext,
}

proptest! {
    #![proptest_config(crate::random())]

    #[test]
    fn any_headers_are_read_as_a_valid_and_short_trace_context(parent in traceparent(), state in prop::option::of(tracestate())) {
        let trace_context = TraceContext::from_headers(Some(&parent), state.as_deref());
        check_without_random_flag(&trace_context);
        if is_valid(&parent) {
            prop_assert_eq!(trace_context.traceparent(), Some(parent));
        }
    }

    #[test]
    fn any_document_is_read_without_an_error(document in document()) {
        let text = document.to_string();
        let trace_context = serde_json::from_str::<TraceContext>(&text).unwrap();
        check_without_random_flag(&trace_context);
        prop_assert_eq!(&serde_json::from_value::<TraceContext>(document.clone()).unwrap(), &trace_context);
        let header = |name: &str| document.get(name).and_then(Value::as_str);
        prop_assert_eq!(&TraceContext::from_headers(header("traceparent"), header("tracestate")), &trace_context);
        let body = json!({ "trace_context": document, "after": 7 }).to_string();
        let body = serde_json::from_str::<Body>(&body).unwrap();
        prop_assert_eq!((&body.trace_context, body.after), (&trace_context, 7), "what follows is read as well");
    }

    #[test]
    fn any_bytes_are_read_or_refused(index: prop::sample::Index, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/trace_context");
        let files = fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path());
        let mut files = files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect::<Vec<_>>();
        files.sort();
        let mut bytes = fs::read(index.get(&files)).unwrap();
        for (position, byte) in changes.into_iter().filter(|_| !bytes.is_empty()).collect::<Vec<_>>() {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        if let Ok(trace_context) = serde_json::from_slice::<TraceContext>(&bytes) {
            check_without_random_flag(&trace_context);
        } else {
            prop_assert!(serde_json::from_slice::<Value>(&bytes).is_err(), "the document itself is broken");
        }
    }

    #[test]
    fn headers_of_the_propagator_are_read(trace_id in 1_u128.., span_id in 1_u64.., sampled: bool, state in tracestate()) {
        let state = state.parse::<TraceState>().unwrap_or_default();
        let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled);
        let context = SpanContext::new(TraceId::from(trace_id), SpanId::from(span_id), flags, true, state);
        let mut headers = HashMap::new();
        let propagator = TraceContextPropagator::new();
        propagator.inject_context(&Context::new().with_remote_span_context(context.clone()), &mut headers);
        let trace_context = TraceContext::extract(&headers);
        check(&trace_context);
        prop_assert_eq!(trace_context.trace_id().map(identity::TraceId::to_u128), Some(trace_id));
        prop_assert_eq!(trace_context.span_id().map(identity::SpanId::to_u64), Some(span_id));
        prop_assert_eq!(trace_context.is_sampled(), sampled);
        let _attached = Context::new().with_remote_span_context(context).attach();
        prop_assert_eq!(TraceContext::current(), trace_context);
    }
}
