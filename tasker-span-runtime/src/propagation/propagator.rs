//! `Propagator`: the trace context of the active span, for other code's propagation. Messages of
//! Tasker use `TraceContext`.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::TraceContext;
use crate::span::{self, stack};

/// A propagator for code that injects OpenTelemetry's current context, such as an HTTP client's
/// middleware. Inside a span of this crate it injects that span, as [`TraceContext::current`] does.
///
/// OpenTelemetry's current context does not know that span, unless
/// [`activate_context`](crate::TelemetryBuilder::activate_context) is set. Other contexts with a span
/// are injected as they are: those of other code's spans inside, and those that the code names.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
/// use tasker_span_runtime::otel::Propagator;
///
/// global::set_text_map_propagator(Propagator::new(TraceContextPropagator::new()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Propagator<P> {
    inner: P,
}

impl<P> Propagator<P> {
    /// Wraps the propagator that injects and extracts.
    pub const fn new(inner: P) -> Self {
        Self { inner }
    }
}

impl<P: TextMapPropagator> TextMapPropagator for Propagator<P> {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        let local = local_span(context);
        self.inner.inject_context(local.as_ref().unwrap_or(context), injector);
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        self.inner.extract_with_context(context, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.inner.fields()
    }
}

/// The context with the active local span, if it has that span's enclosing span or no span.
fn local_span(context: &Context) -> Option<Context> {
    let current = context.span();
    let own = current.span_context();
    // Where the code is in a local span, OpenTelemetry's current context is that of what encloses it.
    let is_enclosing = || Context::map_current(|current| current.span().span_context() == own);
    stack::enclosing()?;
    if own.is_valid() && !is_enclosing() {
        return None;
    }
    let local = TraceContext::current().span_context()?;
    // Of other code's span inside, it has the same ids, and tells of the task beside them.
    let is_own = || own.trace_id() == local.trace_id() && own.span_id() == local.span_id();
    if own.is_valid() && span::foreign().is_some() && !is_own() {
        return None;
    }
    Some(context.with_remote_span_context(local))
}
