//! Headers that others wrote: whatever is in them, the message is read.

use serde_json::{Value, json};
use tasker_span_runtime::{TraceContext, pgmq};

use crate::{HIDDEN, TRACEPARENT, database_with, store};

/// The headers, and the trace context, of a message that has these.
async fn read(headers: Option<&str>) -> (Option<Value>, TraceContext) {
    let database = database_with("steps").await;
    store(&database, "steps", r#""charge""#, headers).await;
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    let message = message.unwrap().unwrap();
    assert_eq!(message.message, "charge");
    (message.headers, message.trace_context)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_may_have_no_headers() {
    assert_eq!(read(None).await, (None, TraceContext::EMPTY));
}

/// The `pgmq` crate writes them where it is given none.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_that_are_null_are_none() {
    assert_eq!(read(Some("null")).await, (None, TraceContext::EMPTY));
    let database = database_with("steps").await;
    database.queues().send("steps", &"charge").await.unwrap();
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    assert_eq!(message.unwrap().unwrap().headers, None);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_valid_carrier_is_found_beside_any_other_headers() {
    let headers = json!({ "traceparent": TRACEPARENT, "tracestate": "vendor=1", "x-pgmq-group": "7", "n": [1, {}] });
    let (found, trace_context) = read(Some(&headers.to_string())).await;
    assert_eq!(found, Some(headers));
    assert_eq!(
        trace_context,
        TraceContext::from_headers(Some(TRACEPARENT), Some("vendor=1"))
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn hostile_headers_carry_nothing() {
    let database = database_with("steps").await;
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
        store(&database, "steps", "0", Some(&headers.to_string())).await;
        let message = pgmq::read::<u32>("steps", HIDDEN).fetch_optional(database.pool()).await;
        let message = message.unwrap().unwrap();
        assert!(message.trace_context.is_empty(), "{headers}");
        assert_eq!(message.headers, Some(headers));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_hostile_tracestate_does_not_cost_the_parent() {
    let database = database_with("steps").await;
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
        store(&database, "steps", "0", Some(&headers.to_string())).await;
        let message = pgmq::read::<u32>("steps", HIDDEN).fetch_optional(database.pool()).await;
        let trace_context = message.unwrap().unwrap().trace_context;
        assert_eq!(trace_context.traceparent().as_deref(), Some(TRACEPARENT));
        assert_eq!(trace_context.tracestate(), None);
    }
}

/// What JSON may hold, and `serde_json::Value` does not.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_beyond_what_a_value_holds_cost_neither_the_message_nor_the_carrier() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for extra in [deep.as_str(), "1e400"] {
        let headers = format!(r#"{{ "traceparent": "{TRACEPARENT}", "extra": {extra} }}"#);
        let (headers, trace_context) = read(Some(&headers)).await;
        assert_eq!(headers, None);
        assert_eq!(trace_context.traceparent().as_deref(), Some(TRACEPARENT));
    }
    assert_eq!(read(Some(&deep)).await, (None, TraceContext::EMPTY));
    assert_eq!(read(Some("1e400")).await, (None, TraceContext::EMPTY));
}
