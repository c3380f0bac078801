//! Headers of other senders: the message is read whatever they contain.

use serde_json::{Value, json};
use tasker_span_runtime::TraceContext;

use crate::{TRACEPARENT, database_with_steps, read_one, store};

/// Reads the headers and the trace context of a message with these headers.
async fn read_with(headers: Option<&str>) -> (Option<Value>, TraceContext) {
    let database = database_with_steps().await;
    store(&database, r#""charge""#, headers).await;
    let message = read_one::<String>(database.pool(), "steps").await.unwrap();
    assert_eq!(message.message, "charge");
    (message.headers, message.trace_context)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_may_have_no_headers() {
    assert_eq!(read_with(None).await, (None, TraceContext::EMPTY));
}

/// The `pgmq` crate writes JSON's `null` if it is given no headers.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_that_are_null_are_absent() {
    assert_eq!(read_with(Some("null")).await, (None, TraceContext::EMPTY));
    let database = database_with_steps().await;
    database.queues().send("steps", &"charge").await.unwrap();
    let message = read_one::<String>(database.pool(), "steps").await.unwrap();
    assert_eq!(message.headers, None);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_valid_context_is_found_among_other_headers() {
    let headers = json!({ "traceparent": TRACEPARENT, "tracestate": "vendor=1", "x-pgmq-group": "7", "n": [1, {}] });
    let (found, trace_context) = read_with(Some(&headers.to_string())).await;
    assert_eq!(found, Some(headers));
    assert_eq!(
        trace_context,
        TraceContext::from_headers(Some(TRACEPARENT), Some("vendor=1"))
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn hostile_headers_have_no_context() {
    let database = database_with_steps().await;
    let megabyte = "x".repeat(1 << 20);
    let cases = [
        json!("traceparent"),
        json!(7),
        json!(false),
        json!([TRACEPARENT]),
        json!({}),
        json!({ "traceparent": null }),
        json!({ "traceparent": 7 }),
        json!({ "traceparent": [TRACEPARENT] }),
        json!({ "traceparent": { "traceparent": TRACEPARENT } }),
        json!({ "traceparent": "" }),
        json!({ "traceparent": TRACEPARENT.to_uppercase() }),
        json!({ "traceparent": TRACEPARENT.replace("00-", "ff-") }),
        json!({ "traceparent": "00-00000000000000000000000000000000-b7ad6b7169203331-01" }),
        json!({ "traceparent": "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01" }),
        json!({ "traceparent": format!("{TRACEPARENT}-more") }),
        json!({ "traceparent": megabyte }),
        json!({ "tracestate": "vendor=1" }),
    ];
    for headers in cases {
        store(&database, "0", Some(&headers.to_string())).await;
        let message = read_one::<u32>(database.pool(), "steps").await.unwrap();
        assert!(message.trace_context.is_empty(), "{headers}");
        assert_eq!(message.headers, Some(headers));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_hostile_tracestate_does_not_affect_the_traceparent() {
    let database = database_with_steps().await;
    let cases = [
        json!(null),
        json!(7),
        json!(["vendor=1"]),
        json!("no member"),
        json!("vendor=1,".repeat(1 << 17)),
        json!("käse=1"),
    ];
    for tracestate in cases {
        let headers = json!({ "traceparent": TRACEPARENT, "tracestate": tracestate });
        store(&database, "0", Some(&headers.to_string())).await;
        let message = read_one::<u32>(database.pool(), "steps").await.unwrap();
        assert_eq!(message.trace_context.traceparent().as_deref(), Some(TRACEPARENT));
        assert_eq!(message.trace_context.tracestate(), None);
    }
}

/// JSON in the database may be nested more deeply, and have larger numbers.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_that_a_value_cannot_hold_affect_neither_the_message_nor_the_context() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for extra in [deep.as_str(), "1e400"] {
        let headers = format!(r#"{{ "traceparent": "{TRACEPARENT}", "extra": {extra} }}"#);
        let (headers, trace_context) = read_with(Some(&headers)).await;
        assert_eq!(headers, None);
        assert_eq!(trace_context.traceparent().as_deref(), Some(TRACEPARENT));
    }
    assert_eq!(read_with(Some(&deep)).await, (None, TraceContext::EMPTY));
    assert_eq!(read_with(Some("1e400")).await, (None, TraceContext::EMPTY));
}
