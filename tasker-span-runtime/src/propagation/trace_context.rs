//! The trace context: a span's context as text, for whatever transports it.

use super::traceparent::{LENGTH, TraceParent};
use super::tracestate::TraceState;
use crate::identity::{SpanId, TraceId};
use crate::stats;

/// A span's context as a message carries it: the headers `traceparent` and `tracestate` of
/// [W3C Trace Context](https://www.w3.org/TR/trace-context/), and nothing else.
///
/// Whoever sends a message takes [`TraceContext::current`] and writes it into the message; whoever processes the message names
/// it by `link = …`, and the processing span gets a link to the sending one. A message without a trace context loses only that
/// link: a task's trace is computed from its UUID, so its spans stand in the right tree without any header.
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
/// As a JSON object a trace context has at most 600 bytes, also with the blanks of a `jsonb`, so that it fits into every
/// notification. Where `tracestate` would be longer, whole members are dropped: those of more than 128 characters first,
/// then from the end ([section 3.3.1.5](https://www.w3.org/TR/trace-context/#tracestate-limits)).
///
/// # What is read
///
/// What a message holds may come from anybody. A `traceparent` that is not valid is ignored, and the trace context is
/// [`EMPTY`](Self::EMPTY); a `tracestate` that is not valid is left out. Both are counted: [`stats`](crate::stats) has
/// `trace_contexts_ignored` and `tracestates_ignored`. Headers that are not there are not counted.
///
/// # Handlers in other languages
///
/// [`traceparent`](Self::traceparent) and [`tracestate`](Self::tracestate) are plain strings, for a handler's context or
/// its process's environment. They are valid inside every span, also where a sampler has dropped it: then they say so.
///
/// ```
/// use tasker_span_runtime::TraceContext;
///
/// /// What a handler is called with, as JSON.
/// fn call(handler: &str) -> String {
///     let trace_context = TraceContext::current();
///     let traceparent = trace_context.traceparent().unwrap_or_default();
///     let tracestate = trace_context.tracestate().unwrap_or_default();
///     // Or, with `magnus`, `hash.aset("traceparent", traceparent)`; with `pyo3`, `dict.set_item("traceparent", traceparent)`.
///     format!("{handler}({traceparent:?}, {tracestate:?})")
/// }
/// # assert_eq!(call("charge"), r#"charge("", "")"#);
/// ```
///
/// There, OpenTelemetry's own propagator reads them; where it finds an empty string it starts a trace of its own:
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
pub struct TraceContext(pub(super) Option<Carried>);

/// What a trace context that is not empty holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Carried {
    pub(super) parent: TraceParent,
    pub(super) state: TraceState,
}

/// What stands where a header is looked for.
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
    /// What a message carries that no span sent.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// assert_eq!(TraceContext::EMPTY.traceparent(), None);
    /// assert_eq!(TraceContext::EMPTY, TraceContext::default());
    /// ```
    pub const EMPTY: Self = Self(None);

    /// Reads the two headers.
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

    /// Puts together what was found, and counts what is not usable.
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
            Header::Valid(state) => state,
            Header::Broken => {
                stats::TRACESTATES_IGNORED.add_one();
                TraceState::default()
            }
            Header::Absent => TraceState::default(),
        };
        Self(Some(Carried { parent, state }))
    }

    /// Whether it carries nothing.
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
        let carried = self.0.as_ref()?;
        Some(carried.parent.write(&mut [0; LENGTH]).to_owned())
    }

    /// The header `tracestate`, where there is one.
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

    /// The sender's trace.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let trace_context = TraceContext::from_headers(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), None);
    /// assert_eq!(trace_context.trace_id().unwrap().to_string(), "0af7651916cd43dd8448eb211c80319c");
    /// ```
    pub fn trace_id(&self) -> Option<TraceId> {
        Some(self.0.as_ref()?.parent.trace_id)
    }

    /// The sender's span.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let trace_context = TraceContext::from_headers(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), None);
    /// assert_eq!(trace_context.span_id().unwrap().to_string(), "b7ad6b7169203331");
    /// ```
    pub fn span_id(&self) -> Option<SpanId> {
        Some(self.0.as_ref()?.parent.span_id)
    }

    /// Whether the sender kept its span.
    ///
    /// ```
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let dropped = TraceContext::from_headers(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"), None);
    /// assert!(!dropped.is_sampled() && !dropped.is_empty());
    /// ```
    pub fn is_sampled(&self) -> bool {
        self.0.as_ref().is_some_and(|carried| carried.parent.is_sampled())
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
    fn what_was_read_is_written() {
        let trace_context = TraceContext::from_headers(Some(PARENT), Some("a=1"));
        assert_eq!(written(&trace_context), (Some(PARENT.to_owned()), Some("a=1")));
    }

    #[test]
    fn a_broken_tracestate_does_not_cost_the_traceparent() {
        let trace_context = TraceContext::from_headers(Some(PARENT), Some("a"));
        assert_eq!(written(&trace_context), (Some(PARENT.to_owned()), None));
    }

    #[test]
    fn an_empty_tracestate_is_none() {
        assert_eq!(
            TraceContext::from_headers(Some(PARENT), Some("")),
            TraceContext::from_headers(Some(PARENT), None)
        );
    }

    #[test]
    fn without_a_traceparent_there_is_nothing() {
        assert_eq!(TraceContext::from_headers(None, Some("a=1")), TraceContext::EMPTY);
        assert_eq!(TraceContext::from_headers(Some("00"), Some("a=1")), TraceContext::EMPTY);
        assert_eq!(written(&TraceContext::EMPTY), (None, None));
    }
}
