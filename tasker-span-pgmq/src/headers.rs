//! Headers of a message: the caller's own and the trace context. Bodies are decoded elsewhere.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tasker_span_runtime::TraceContext;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Adds the trace context to the caller's headers. If the caller has set either of its headers,
/// neither is added: the two belong together.
pub(crate) fn with_trace_context(
    own: Option<&Map<String, Value>>,
    trace_context: &TraceContext,
) -> Option<Map<String, Value>> {
    let is_context = |name: &String| [TRACEPARENT, TRACESTATE].iter().any(|it| name.eq_ignore_ascii_case(it));
    let Some(traceparent) = trace_context.traceparent() else {
        return own.cloned();
    };
    let mut headers = own.cloned().unwrap_or_default();
    if headers.keys().any(is_context) {
        return Some(headers);
    }
    headers.insert(TRACEPARENT.to_owned(), traceparent.into());
    if let Some(tracestate) = trace_context.tracestate() {
        headers.insert(TRACESTATE.to_owned(), tracestate.into());
    }
    Some(headers)
}

/// Reads the column `headers`. Nothing in it is an error, because a sender can write anything.
pub(crate) fn read(column: Option<&RawValue>) -> (Option<Value>, TraceContext) {
    // The `pgmq` crate writes JSON's `null` if it is given no headers.
    let Some(text) = column.map(RawValue::get).filter(|text| *text != "null") else {
        return (None, TraceContext::EMPTY);
    };
    // Not through `Value`, which refuses deep nesting and numbers beyond `f64` anywhere in the map.
    let trace_context = serde_json::from_str(text).unwrap_or_else(|_| from_members(text));
    (serde_json::from_str(text).ok(), trace_context)
}

/// Reads a map in which one of the two headers is a number beyond `f64`: broken, but not an error. As elsewhere, two headers of
/// one name are broken. They differ in case, because a `jsonb` has each name once.
fn from_members(text: &str) -> TraceContext {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let header = |name: &str| {
        let mut values = members.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        let text = serde_json::from_str(value.get())
            .ok()
            .filter(|_| values.next().is_none());
        // No JSON is a valid header.
        Some(text.unwrap_or_else(|| value.get().to_owned()))
    };
    let (traceparent, tracestate) = (header(TRACEPARENT), header(TRACESTATE));
    TraceContext::from_headers(traceparent.as_deref(), tracestate.as_deref())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tasker_span_runtime::stats;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn trace_context() -> TraceContext {
        TraceContext::from_headers(Some(PARENT), Some("vendor=1"))
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_trace_context_joins_the_callers_headers() {
        let own = map(&json!({ "x-pgmq-group": "orders" }));
        let both = json!({ "x-pgmq-group": "orders", "traceparent": PARENT, "tracestate": "vendor=1" });
        assert_eq!(with_trace_context(Some(&own), &trace_context()), Some(map(&both)));
    }

    #[test]
    fn either_context_header_of_the_caller_excludes_both_of_ours() {
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
    fn without_a_trace_context_the_headers_are_the_callers() {
        assert_eq!(with_trace_context(None, &TraceContext::EMPTY), None);
        assert_eq!(
            with_trace_context(Some(&Map::new()), &TraceContext::EMPTY),
            Some(Map::new())
        );
    }

    #[test]
    fn a_header_that_is_a_number_beyond_f64_is_ignored_and_counted() {
        let read = |headers: &str| read(Some(&RawValue::from_string(headers.to_owned()).unwrap())).1;
        let before = stats();
        assert_eq!(read(r#"{ "traceparent": 1e400 }"#), TraceContext::EMPTY);
        let half = format!(r#"{{ "Traceparent": "{PARENT}", "tracestate": 1e400 }}"#);
        assert_eq!(read(&half), TraceContext::from_headers(Some(PARENT), None));
        let twice = format!(r#"{{ "Traceparent": "{PARENT}", "traceparent": "{PARENT}", "tracestate": 1e400 }}"#);
        assert_eq!(read(&twice), TraceContext::EMPTY);
        let after = stats();
        assert!(after.trace_contexts_ignored > before.trace_contexts_ignored);
        assert!(after.tracestates_ignored > before.tracestates_ignored);
    }
}
