//! A trace context in headers and JSON bodies, beside other members.

use std::collections::HashMap;

use opentelemetry::propagation::Injector;
use serde::{Deserialize, Serialize};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use super::{PARENT, foreign};

fn other() -> TraceContext {
    TraceContext::from_headers(Some(&PARENT.replace('a', "b")), None)
}

#[test]
fn headers_of_the_caller_stay_as_they_are() {
    let of = |name: &str, value: &str| HashMap::from([(name.to_owned(), value.to_owned()), ("x".into(), "1".into())]);
    for own in ["traceparent", "tracestate", "TraceParent", "TRACESTATE"] {
        let mut headers = of(own, "");
        foreign().inject(&mut headers);
        assert_eq!(headers, of(own, ""));
    }
    let mut headers = HashMap::from([("x".to_owned(), "1".to_owned())]);
    TraceContext::EMPTY.inject(&mut headers);
    assert_eq!(headers.len(), 1);
    foreign().inject(&mut headers);
    let mut written = headers.clone();
    other().inject(&mut written);
    assert_eq!(written, headers, "nor is another trace context written over the first");
    assert_eq!((TraceContext::extract(&headers), headers.len()), (foreign(), 3));
}

#[test]
fn inject_over_replaces_both_headers() {
    let mut headers = HashMap::new();
    foreign().inject_over(&mut headers);
    TraceContext::EMPTY.inject_over(&mut headers);
    assert_eq!(TraceContext::extract(&headers), foreign());
    other().inject_over(&mut headers);
    assert_eq!(TraceContext::extract(&headers), other());
    Injector::set(&mut headers, "tracestate", "mine=1".to_owned());
    assert_eq!(TraceContext::extract(&headers).tracestate(), Some("mine=1"));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StepMessage {
    step_uuid: String,
    #[serde(flatten)]
    trace_context: TraceContext,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct TaskMessage {
    task_uuid: String,
    #[serde(default, skip_serializing_if = "TraceContext::is_empty")]
    trace_context: TraceContext,
}

#[test]
fn in_a_json_body_it_is_a_member_or_its_headers_are_members() {
    let headers = format!(r#""traceparent":"{PARENT}","tracestate":"vendor=1""#);
    for (trace_context, text) in [
        (foreign(), format!(r#"{{"step_uuid":"7",{headers}}}"#)),
        (TraceContext::EMPTY, r#"{"step_uuid":"7"}"#.to_owned()),
    ] {
        let step_uuid = "7".to_owned();
        let message = StepMessage {
            step_uuid,
            trace_context,
        };
        assert_eq!(serde_json::to_string(&message).unwrap(), text);
        assert_eq!(serde_json::from_str::<StepMessage>(&text).unwrap(), message);
    }
    for (trace_context, text) in [
        (
            foreign(),
            format!(r#"{{"task_uuid":"7","trace_context":{{{headers}}}}}"#),
        ),
        (TraceContext::EMPTY, r#"{"task_uuid":"7"}"#.to_owned()),
    ] {
        let task_uuid = "7".to_owned();
        let message = TaskMessage {
            task_uuid,
            trace_context,
        };
        assert_eq!(serde_json::to_string(&message).unwrap(), text);
        assert_eq!(serde_json::from_str::<TaskMessage>(&text).unwrap(), message);
    }
}

#[test]
fn an_invalid_header_is_counted_and_an_absent_one_is_not() {
    process::alone(|| {
        let counts = || (stats().trace_contexts_ignored, stats().tracestates_ignored);
        let read = |parent, state| {
            let trace_context = TraceContext::from_headers(parent, state);
            (trace_context.is_empty(), counts())
        };
        assert_eq!(read(None, None), (true, (0, 0)));
        assert_eq!(read(None, Some("A=1")), (true, (0, 0)), "it belongs to no traceparent");
        assert_eq!(read(Some(PARENT), Some("")), (false, (0, 0)));
        assert_eq!(read(Some("garbage"), Some("A=1")), (true, (1, 0)));
        assert_eq!(read(Some(PARENT), Some("A=1")), (false, (1, 1)));
        let message = serde_json::from_str::<StepMessage>(r#"{"step_uuid":"7","traceparent":7}"#).unwrap();
        assert!(message.trace_context.is_empty());
        assert_eq!(counts(), (2, 1));
    });
}
