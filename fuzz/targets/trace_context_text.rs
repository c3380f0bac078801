//! `traceparent`, and after a newline `tracestate`, as headers.

#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use tasker_span_fuzz::assert_trace_context;
use tasker_span_runtime::TraceContext;

fuzz_target!(|text: &str| {
    let (parent, state) = match text.split_once('\n') {
        Some((parent, state)) => (parent, Some(state)),
        None => (text, None),
    };
    let read = TraceContext::from_headers(Some(parent), state);
    assert_trace_context(&read);

    let mut headers = HashMap::from([("traceparent".to_owned(), parent.to_owned())]);
    headers.extend(state.map(|state| ("tracestate".to_owned(), state.to_owned())));
    assert_eq!(TraceContext::extract(&headers), read);

    let mut written = HashMap::new();
    read.inject(&mut written);
    assert_eq!(TraceContext::extract(&written), read);
    let _context = read.context().attach();
    assert_eq!(TraceContext::current().traceparent(), read.traceparent());
});
