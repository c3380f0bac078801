//! `Propagator`: the trace context of unsampled spans, for other code's propagation. Messages of
//! Tasker use `TraceContext`.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::TraceContext;
use crate::scope;

/// A propagator for code that injects OpenTelemetry's current context, such as an HTTP client's
/// middleware. Inside an unsampled span it injects that span, as [`TraceContext::current`] does, so
/// that no descendant is sampled elsewhere.
///
/// OpenTelemetry's current context is there that of the enclosing sampled span, or empty. Other
/// contexts with a span are injected as they are: those of other code's spans inside the unsampled
/// span, and those that the code names.
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
        let unsampled = unsampled_span(context);
        self.inner
            .inject_context(unsampled.as_ref().unwrap_or(context), injector);
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        self.inner.extract_with_context(context, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.inner.fields()
    }
}

/// The context with the active unsampled span, if it has that span's enclosing span or no span.
fn unsampled_span(context: &Context) -> Option<Context> {
    if !scope::is_dropped() {
        return None;
    }
    let span = context.span();
    let own = span.span_context();
    let is_enclosing = || Context::map_current(|current| current.span().span_context() == own);
    if own.is_valid() && (!own.is_sampled() || !is_enclosing()) {
        return None;
    }
    let unsampled = TraceContext::current().span_context()?;
    Some(context.with_remote_span_context(unsampled))
}
