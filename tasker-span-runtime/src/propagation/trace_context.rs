//! `TraceContext`: a span's context as text, for any transport. `current` creates it from a span.

use super::task_member;
use super::traceparent::{LENGTH, TraceParent};
use super::tracestate::TraceState;
use crate::identity::{SpanId, TraceId};
use crate::stats;

/// The trace context of a message: the headers `traceparent` and `tracestate` of [W3C Trace
/// Context](https://www.w3.org/TR/trace-context/).
///
/// The sender writes [`TraceContext::current`] into the message. The receiver names it by
/// `link = …`, so that its span links to the sending one. A message without a trace context loses
/// only that link: a task's trace id is derived from its UUID.
///
/// ```
/// use std::collections::HashMap;
/// use tasker_span_runtime::TraceContext;
///
/// // The sender, with the headers of any transport.
/// let mut headers = HashMap::from([("content-type".to_owned(), "application/json".to_owned())]);
/// TraceContext::current().inject(&mut headers);
///
/// // The receiver.
/// let trace_context = TraceContext::extract(&headers);
/// # assert_eq!(trace_context, TraceContext::current());
/// ```
///
/// # Size
///
/// As a JSON object a trace context has at most 600 bytes, even with the blanks of a `jsonb`: it
/// fits into every notification. A longer `tracestate` loses whole members: those of more than 128
/// characters first, then from the end
/// ([section 3.3.1.5](https://www.w3.org/TR/trace-context/#tracestate-limits)).
///
/// # Broken headers
///
/// A message may come from anyone. If `traceparent` is not valid, the trace context is
/// [`EMPTY`](Self::EMPTY). A `tracestate` that is not valid is left out. [`stats`](crate::stats())
/// counts both as `trace_contexts_ignored` and `tracestates_ignored`. A member `tasker` that is not
/// valid, or is about another task than the trace, is left out, and counted in
/// `tracestate_members_ignored`. Missing headers are not counted.
///
/// # Handlers in other languages
///
/// [`traceparent`](Self::traceparent) and [`tracestate`](Self::tracestate) are plain strings, for a
/// handler's arguments or the environment of its process. They are valid inside every span. In an
/// unsampled span they say so.
///
/// ```
/// use tasker_span_runtime::TraceContext;
///
/// /// The call of a handler.
/// fn call(handler: &str) -> String {
///     let trace_context = TraceContext::current();
///     let traceparent = trace_context.traceparent().unwrap_or_default();
///     let tracestate = trace_context.tracestate().unwrap_or_default();
///     // With `magnus`: `hash.aset("traceparent", traceparent)`.
///     // With `pyo3`: `dict.set_item("traceparent", traceparent)`.
///     format!("{handler}({traceparent:?}, {tracestate:?})")
/// }
/// # assert_eq!(call("charge"), r#"charge("", "")"#);
/// ```
///
/// OpenTelemetry's propagator in that language extracts them. An empty string starts a new trace:
///
/// ```ruby
/// context = OpenTelemetry.propagation.extract({ "traceparent" => traceparent, "tracestate" => tracestate })
/// OpenTelemetry::Context.with_current(context) { handler.call }
/// ```
///
/// ```python
/// context = TraceContextTextMapPropagator().extract({"traceparent": traceparent, "tracestate": tracestate})
/// with tracer.start_as_current_span("charge", context=context): ...
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TraceContext(pub(super) Option<Headers>);

/// The content of a trace context that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Headers {
    pub(super) parent: TraceParent,
    pub(super) state: TraceState,
}

/// A header as it was found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Header<T> {
    #[default]
    Absent,
    Broken,
    Valid(T),
}

impl<T> Header<T> {
    pub(super) fn read(text: Option<&str>, parse: impl FnOnce(&str) -> Option<T>) -> Self {
        match text.map(parse) {
            None => Self::Absent,
            Some(None) => Self::Broken,
            Some(Some(value)) => Self::Valid(value),
        }
    }
}

impl TraceContext {
    /// The trace context of a message that was sent outside of all spans.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// assert_eq!(TraceContext::EMPTY.traceparent(), None);
    /// assert_eq!(TraceContext::EMPTY, TraceContext::default());
    /// ```
    pub const EMPTY: Self = Self(None);

    /// Parses the two headers.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let trace_context = TraceContext::from_headers(Some(parent), Some("vendor=1, , other=2"));
    /// assert_eq!(trace_context.traceparent().as_deref(), Some(parent));
    /// assert_eq!(trace_context.tracestate(), Some("vendor=1,other=2"));
    ///
    /// assert!(TraceContext::from_headers(Some("garbage"), None).is_empty());
    /// ```
    pub fn from_headers(traceparent: Option<&str>, tracestate: Option<&str>) -> Self {
        let parent = Header::read(traceparent, TraceParent::parse);
        Self::assemble(parent, Header::read(tracestate, TraceState::parse))
    }

    /// Combines the headers, and counts broken ones.
    pub(super) fn assemble(parent: Header<TraceParent>, state: Header<TraceState>) -> Self {
        let parent = match parent {
            Header::Valid(parent) => parent,
            Header::Broken => {
                stats::TRACE_CONTEXTS_IGNORED.add_one();
                return Self::EMPTY;
            }
            Header::Absent => return Self::EMPTY,
        };
        let state = match state {
            Header::Valid(state) => task_member::checked(state, parent.trace_id),
            Header::Broken => {
                stats::TRACESTATES_IGNORED.add_one();
                TraceState::default()
            }
            Header::Absent => TraceState::default(),
        };
        Self(Some(Headers { parent, state }))
    }

    /// Whether it has no headers.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// assert!(TraceContext::current().is_empty(), "no span is running here");
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The header `traceparent`, in version 00.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let later_version = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more";
    /// let trace_context = TraceContext::from_headers(Some(later_version), None);
    /// let written = trace_context.traceparent();
    /// assert_eq!(written.as_deref(), Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    /// ```
    pub fn traceparent(&self) -> Option<String> {
        let headers = self.0.as_ref()?;
        Some(headers.parent.write(&mut [0; LENGTH]).to_owned())
    }

    /// The header `tracestate`, if present.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let trace_context = TraceContext::from_headers(Some(parent), Some("ot=th:8"));
    /// assert_eq!(trace_context.tracestate(), Some("ot=th:8"));
    /// ```
    pub fn tracestate(&self) -> Option<&str> {
        self.0.as_ref()?.state.as_str()
    }

    /// The trace id of the sender.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let trace_context = TraceContext::from_headers(Some(parent), None);
    /// assert_eq!(trace_context.trace_id().unwrap().to_string(), "0af7651916cd43dd8448eb211c80319c");
    /// ```
    pub fn trace_id(&self) -> Option<TraceId> {
        Some(self.0.as_ref()?.parent.trace_id)
    }

    /// The span id of the sender.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let trace_context = TraceContext::from_headers(Some(parent), None);
    /// assert_eq!(trace_context.span_id().unwrap().to_string(), "b7ad6b7169203331");
    /// ```
    pub fn span_id(&self) -> Option<SpanId> {
        Some(self.0.as_ref()?.parent.span_id)
    }

    /// Whether the sender's span is sampled.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    /// let unsampled = TraceContext::from_headers(Some(parent), None);
    /// assert!(!unsampled.is_sampled() && !unsampled.is_empty());
    /// ```
    pub fn is_sampled(&self) -> bool {
        self.0.as_ref().is_some_and(|headers| headers.parent.is_sampled())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn written(trace_context: &TraceContext) -> (Option<String>, Option<&str>) {
        (trace_context.traceparent(), trace_context.tracestate())
    }

    #[test]
    fn headers_are_written_as_they_were_parsed() {
        for (state, expected) in [("a=1", Some("a=1")), ("a", None), ("", None)] {
            let trace_context = TraceContext::from_headers(Some(PARENT), Some(state));
            assert_eq!(written(&trace_context), (Some(PARENT.to_owned()), expected));
        }
        let empty = TraceContext::from_headers(Some(PARENT), Some(""));
        assert_eq!(empty, TraceContext::from_headers(Some(PARENT), None));
    }

    #[test]
    fn a_trace_context_without_a_traceparent_is_empty() {
        assert_eq!(TraceContext::from_headers(None, Some("a=1")), TraceContext::EMPTY);
        assert_eq!(TraceContext::from_headers(Some("00"), Some("a=1")), TraceContext::EMPTY);
        assert_eq!(written(&TraceContext::EMPTY), (None, None));
    }
}
