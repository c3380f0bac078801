//! A document with a trace context, as a value of its own and inside of a message.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tasker_span_fuzz::assert_trace_context;
use tasker_span_runtime::TraceContext;

#[derive(Deserialize)]
struct Body {
    trace_context: TraceContext,
}

#[derive(Deserialize, Serialize)]
struct FlatBody {
    #[serde(flatten)]
    trace_context: TraceContext,
}

fuzz_target!(|document: &[u8]| {
    let is_readable = serde_json::from_slice::<IgnoredAny>(document).is_ok();
    let read = match serde_json::from_slice::<TraceContext>(document) {
        Ok(read) => read,
        Err(error) => {
            // No value is of a wrong type. Halves of surrogates and numbers beyond `f64` are syntax.
            assert!(!is_readable || error.is_syntax(), "{error}");
            return;
        }
    };
    assert_trace_context(&read);
    assert_eq!(
        serde_json::from_reader::<_, TraceContext>(document).expect("as from a slice"),
        read
    );

    let body = [b"{\"step_uuid\":7,\"trace_context\":".as_slice(), document, b"}"].concat();
    // One level more may be too deep.
    if let Ok(body) = serde_json::from_slice::<Body>(&body) {
        assert_eq!(body.trace_context, read);
    }
    if let Ok(body) = serde_json::from_slice::<FlatBody>(document) {
        assert_eq!(body.trace_context, read);
        let written = serde_json::to_string(&body).expect("it is serialised");
        let again = serde_json::from_str::<FlatBody>(&written).expect("it is read");
        assert_eq!(again.trace_context, read);
    }
});
