//! The headers of a message: the caller's own, with the trace context added.

use std::collections::BTreeMap;

use opentelemetry::propagation::{Extractor, Injector};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::propagation::TraceContext;

/// The caller's headers and the trace context's; `None` where there are neither.
pub(super) fn with_trace_context(
    own: Option<&Map<String, Value>>,
    trace_context: &TraceContext,
) -> Option<Map<String, Value>> {
    if trace_context.is_empty() {
        return own.cloned();
    }
    let mut headers = Headers(own.cloned().unwrap_or_default());
    trace_context.inject(&mut headers);
    Some(headers.0)
}

/// What was read from the column. Nothing in it is an error: whoever may send can write headers.
pub(super) fn read(column: Option<&RawValue>) -> (Option<Value>, TraceContext) {
    // The `pgmq` crate writes JSON's null where there are no headers.
    let text = column.map_or("null", RawValue::get);
    if text == "null" {
        return (None, TraceContext::EMPTY);
    }
    // The trace context by itself: it passes over neighbours that are nested too deeply, or numbers too large, for a `Value`.
    let trace_context = serde_json::from_str(text).unwrap_or_else(|_| member_by_member(text));
    (serde_json::from_str(text).ok(), trace_context)
}

/// Where one of the two headers is itself such a number, which is broken like everything that is no text.
fn member_by_member(text: &str) -> TraceContext {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let header = |name: &str| {
        let (_, value) = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned()))
    };
    let (traceparent, tracestate) = (header("traceparent"), header("tracestate"));
    TraceContext::from_headers(traceparent.as_deref(), tracestate.as_deref())
}

/// JSON's objects as OpenTelemetry's propagation sees them.
struct Headers(Map<String, Value>);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value.into());
    }
}

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// Those of headers that are no text as well: the caller's own stay, whatever they are.
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stats::stats;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn trace_context() -> TraceContext {
        TraceContext::from_headers(Some(PARENT), Some("vendor=1"))
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_carrier_joins_the_callers_headers() {
        let own = map(&json!({ "x-pgmq-group": "orders" }));
        let both = json!({ "x-pgmq-group": "orders", "traceparent": PARENT, "tracestate": "vendor=1" });
        assert_eq!(with_trace_context(Some(&own), &trace_context()), Some(map(&both)));
    }

    #[test]
    fn either_header_of_the_callers_keeps_both_away() {
        for own in [
            json!({ "traceparent": "theirs" }),
            json!({ "tracestate": "theirs=1" }),
            json!({ "TraceParent": null }),
        ] {
            let own = map(&own);
            assert_eq!(with_trace_context(Some(&own), &trace_context()), Some(own.clone()));
        }
    }

    #[test]
    fn a_number_beyond_all_is_as_broken_as_any_other() {
        let read = |headers: &str| read(Some(&RawValue::from_string(headers.to_owned()).unwrap())).1;
        let before = stats();
        assert_eq!(read(r#"{ "traceparent": 1e400 }"#), TraceContext::EMPTY);
        let half = format!(r#"{{ "Traceparent": "{PARENT}", "tracestate": 1e400 }}"#);
        assert_eq!(read(&half), TraceContext::from_headers(Some(PARENT), None));
        let after = stats();
        assert!(after.trace_contexts_ignored > before.trace_contexts_ignored);
        assert!(after.tracestates_ignored > before.tracestates_ignored);
    }

    #[test]
    fn without_a_carrier_the_headers_are_what_the_caller_gave() {
        assert_eq!(with_trace_context(None, &TraceContext::EMPTY), None);
        assert_eq!(
            with_trace_context(Some(&Map::new()), &TraceContext::EMPTY),
            Some(Map::new())
        );
    }
}
