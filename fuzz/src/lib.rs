//! What several targets check.

pub mod settings;

use tasker_span_runtime::TraceContext;
use tasker_span_runtime::testing::printable;

/// Whether the character reorders what is beside it.
pub fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text of ours in one line: it neither steers a terminal nor reorders or hides what is beside it.
pub fn assert_line(text: &str) {
    // Not by `printable` alone, which may be what is wrong.
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(!text.contains(is_bidi), "{text:?}");
    assert_eq!(printable(text), text);
}

/// Removes `ESC [ … m`.
pub fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').expect("the end of a colour").1
    })
}

/// The documented properties of every trace context.
pub fn assert_trace_context(read: &TraceContext) {
    let json = serde_json::to_string(read).expect("it is serialised");
    // A `jsonb` has a blank after each colon and comma of an object.
    assert!(json.len() + 3 <= 600, "{} bytes: {json}", json.len());
    assert_eq!(&serde_json::from_str::<TraceContext>(&json).expect("it is read"), read);
    let (parent, state) = (read.traceparent(), read.tracestate());
    assert_eq!(&TraceContext::from_headers(parent.as_deref(), state), read);
    assert_eq!(parent.is_none(), read.is_empty());
    assert!(state.is_none() || parent.is_some());
    for header in parent.as_deref().into_iter().chain(state) {
        assert!(header.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{header:?}");
    }
    if let Some(parent) = parent {
        assert!(parent.len() == 55 && parent.starts_with("00-"), "{parent}");
    }
}
