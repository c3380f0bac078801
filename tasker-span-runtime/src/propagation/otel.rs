//! Injects and extracts the trace context, and converts it to OpenTelemetry's types.

use std::str::FromStr;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState as OtelTraceState};

use super::TraceContext;
use super::trace_context::Header;
use super::traceparent::TraceParent;
use super::tracestate::TraceState;
use crate::identity;

pub(super) const TRACEPARENT: &str = "traceparent";
pub(super) const TRACESTATE: &str = "tracestate";

impl TraceContext {
    /// Injects the headers into a carrier, unless it has one of them: then it stays as it is. The
    /// case of their names does not matter.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let trace_context = TraceContext::from_headers(Some(parent), None);
    /// let mut headers = HashMap::new();
    /// trace_context.inject(&mut headers);
    /// assert_eq!(headers["traceparent"], parent);
    ///
    /// let mut own = HashMap::from([("Traceparent".to_owned(), "mine".to_owned())]);
    /// trace_context.inject(&mut own);
    /// assert_eq!(own, HashMap::from([("Traceparent".to_owned(), "mine".to_owned())]));
    /// ```
    pub fn inject<H: Injector + Extractor + ?Sized>(&self, headers: &mut H) {
        let is_ours = |key: &str| key.eq_ignore_ascii_case(TRACEPARENT) || key.eq_ignore_ascii_case(TRACESTATE);
        // Not every carrier finds all the keys that it lists.
        let is_found = |key| headers.get(key).is_some();
        if is_found(TRACEPARENT) || is_found(TRACESTATE) || headers.keys().into_iter().any(is_ours) {
            return;
        }
        if let Some(traceparent) = self.traceparent() {
            headers.set(TRACEPARENT, traceparent);
        }
        if let Some(tracestate) = self.tracestate() {
            headers.set(TRACESTATE, tracestate.to_owned());
        }
    }

    /// Injects the headers into a carrier that cannot be read. Both are written, as by
    /// OpenTelemetry's propagator, so that no old `tracestate` stays beside a new `traceparent`. An
    /// empty trace context writes no header.
    ///
    /// ```
    /// use opentelemetry::propagation::Injector;
    /// use tasker_span_runtime::TraceContext;
    ///
    /// struct Table(Vec<(String, String)>);
    ///
    /// impl Injector for Table {
    ///     fn set(&mut self, key: &str, value: String) {
    ///         self.0.push((key.to_owned(), value));
    ///     }
    /// }
    ///
    /// let mut headers = Table(Vec::new());
    /// TraceContext::current().inject_over(&mut headers);
    /// ```
    pub fn inject_over(&self, headers: &mut dyn Injector) {
        if let Some(traceparent) = self.traceparent() {
            headers.set(TRACEPARENT, traceparent);
            headers.set(TRACESTATE, self.tracestate().unwrap_or_default().to_owned());
        }
    }

    /// Extracts the headers from a carrier.
    ///
    /// Several `tracestate` headers are one list. Several `traceparent` headers are ignored
    /// ([RFC 9110, section 5.3](https://www.rfc-editor.org/rfc/rfc9110#section-5.3)).
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let headers = HashMap::from([("traceparent".to_owned(), parent.to_owned())]);
    /// assert_eq!(TraceContext::extract(&headers).traceparent().as_deref(), Some(parent));
    /// assert!(TraceContext::extract(&HashMap::<String, String>::new()).is_empty());
    /// ```
    pub fn extract(headers: &dyn Extractor) -> Self {
        let parent = match headers.get_all(TRACEPARENT).as_deref() {
            None | Some([]) => Header::Absent,
            Some([parent]) => Header::read(Some(parent), TraceParent::parse),
            Some(_) => Header::Broken,
        };
        let state = match headers.get_all(TRACESTATE).as_deref() {
            None | Some([]) => Header::Absent,
            Some([state]) => Header::read(Some(state), TraceState::parse),
            Some(states) => Header::read(Some(&states.join(",")), TraceState::parse),
        };
        Self::assemble(parent, state)
    }

    /// The sender as an OpenTelemetry context: the parent for spans of other code. Tasker's own
    /// spans link to it by `link = …`. An empty trace context is an empty context.
    ///
    /// ```
    /// use opentelemetry::trace::TraceContextExt;
    /// use tasker_span_runtime::TraceContext;
    ///
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let context = TraceContext::from_headers(Some(parent), None).context();
    /// assert!(context.span().span_context().is_remote());
    /// let _attached = context.attach();
    /// // It is the current context until the guard is dropped.
    /// assert_eq!(TraceContext::current().traceparent().as_deref(), Some(parent));
    /// ```
    pub fn context(&self) -> Context {
        self.span_context()
            .map_or_else(Context::new, |context| Context::new().with_remote_span_context(context))
    }

    pub(crate) fn span_context(&self) -> Option<SpanContext> {
        let content = self.0.as_ref()?;
        let state = content.state.as_str().unwrap_or_default();
        Some(SpanContext::new(
            TraceId::from(content.parent.trace_id.to_u128()),
            SpanId::from(content.parent.span_id.to_u64()),
            TraceFlags::new(content.parent.flags()),
            true,
            // It parses the keys of Level 1: with others the list is empty.
            OtelTraceState::from_str(state).unwrap_or_default(),
        ))
    }

    /// The trace context of a span.
    pub(crate) fn of(context: &SpanContext) -> Self {
        let trace_id = identity::TraceId::from_u128(u128::from_be_bytes(context.trace_id().to_bytes()));
        let span_id = identity::SpanId::from_u64(u64::from_be_bytes(context.span_id().to_bytes()));
        let (Some(trace_id), Some(span_id)) = (trace_id, span_id) else {
            return Self::EMPTY;
        };
        let parent = TraceParent::new(trace_id, span_id, context.trace_flags().to_u8());
        let state = context.trace_state().header();
        Self::assemble(Header::Valid(parent), Header::read(Some(&state), TraceState::parse))
    }
}
