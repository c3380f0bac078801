//! Properties: no spans of a file make the command panic, whatever is printed of them.

use proptest::prelude::*;
use serde_json::{Value, json};
use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::catalogue::{Attribute, CATALOGUE};
use tasker_span_runtime::testing::TreeText;

use crate::source::Source;
use crate::trace::{self, Style};

const TASK: &str = "6f1c2a34-9b1d-4c7e-8f00-112233445566";

/// Few ids, so that spans are each other's parents, have no parent, or are there twice.
fn span_id() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u64..6).prop_map(|id| format!("{id:016x}")),
        Just("fdea7fc5b11dc391".to_owned()),
        Just("db4f7db6e5791589".to_owned()),
        ".{0,4}",
    ]
}

fn trace_id() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("5c0670e9da052f0495f159955f669012".to_owned()),
        1 => (0_u128..3).prop_map(|id| format!("{id:032x}")),
    ]
}

fn name() -> impl Strategy<Value = String> {
    let names = CATALOGUE.iter().map(|span| span.name.to_owned()).collect::<Vec<_>>();
    prop_oneof![4 => prop::sample::select(names), 1 => ".{0,20}"]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({ "stringValue": TASK })),
        ".{0,20}".prop_map(|text| json!({ "stringValue": text })),
        any::<i64>().prop_map(|number| json!({ "intValue": number })),
        any::<f64>().prop_map(|number| json!({ "doubleValue": number })),
        any::<bool>().prop_map(|flag| json!({ "boolValue": flag })),
        Just(json!({ "arrayValue": { "values": [{ "stringValue": "a" }, { "stringValue": "b" }] } })),
        Just(json!({ "kvlistValue": {} })),
        Just(Value::Null),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<Value>> {
    let more = [
        "error.type",
        "tasker.sampled_by",
        "tasker.violation",
        "tasker.cancelled",
        "code.function.name",
        "tasker.link",
    ];
    let names = Attribute::ALL.iter().map(|attribute| attribute.name()).chain(more);
    let names: Vec<_> = names.collect();
    let attribute = (prop::sample::select(names), value());
    prop::collection::vec(
        attribute.prop_map(|(key, value)| json!({ "key": key, "value": value })),
        0..12,
    )
}

fn span() -> impl Strategy<Value = Value> {
    let ids = (trace_id(), span_id(), span_id());
    let times = (any::<u64>(), any::<u64>(), 0_u64..7, 0_u64..4);
    let tracestate = prop_oneof!["ot=th:[0-9a-f]{0,16}(;rv:[0-9a-f]{0,16})?", ".{0,20}"];
    let links = prop::collection::vec((trace_id(), span_id(), attributes()), 0..3);
    (ids, times, name(), attributes(), tracestate, links).prop_map(
        |((trace_id, span_id, parent), (start, end, kind, status), name, attributes, tracestate, links)| {
            let links = links.into_iter().map(|(trace_id, span_id, attributes)| {
                json!({ "traceId": trace_id, "spanId": span_id, "attributes": attributes })
            });
            json!({
                "traceId": trace_id, "spanId": span_id, "parentSpanId": parent, "name": name, "kind": kind,
                "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end, "status": { "code": status },
                "attributes": attributes, "traceState": tracestate, "links": links.collect::<Vec<_>>(),
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_spans_panic(spans in prop::collection::vec(span(), 0..24), width in prop::option::of(0_usize..200)) {
        let file = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] }).to_string();
        let source = Source::of_text(file.as_bytes()).unwrap();
        let traces = source.load(&[], true, UnknownNamespace::default()).unwrap();
        for (all, links) in [(true, true), (false, false)] {
            let style = Style { for_stdout: false, all, links, width };
            let text = trace::text(&source, &traces, &style);
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        }
        let _ = TreeText::new(&traces.spans).links().width(60).render();
        serde_json::to_string(&trace::json(&source, &traces)).unwrap();
        for problem in traces.spans.check_complete() {
            let text = problem.to_string();
            prop_assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
}
