//! What other code sends along from inside a dropped scope.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::TraceContext;
use crate::scope;

/// A propagator for code that hands on OpenTelemetry's current context by itself, as an HTTP client's middleware does: inside a
/// scope that [sampling](crate::Sampling) has dropped it sends along that scope, as [`TraceContext::current`] does, so that
/// nothing downstream is kept, or sampled on its own.
///
/// OpenTelemetry's current context is there what it is around the dropped scope: a kept span, or nothing. Spans of other
/// code inside of the scope have contexts of their own, which are not sampled, and are sent along as they are; so is any
/// other context that has a span, since whoever names it means it.
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
    /// Wraps the propagator that writes and reads.
    pub const fn new(inner: P) -> Self {
        Self { inner }
    }
}

impl<P: TextMapPropagator> TextMapPropagator for Propagator<P> {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        match dropped_scope(context) {
            Some(dropped) => self.inner.inject_context(&dropped, injector),
            None => self.inner.inject_context(context, injector),
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        self.inner.extract_with_context(context, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.inner.fields()
    }
}

/// The context with the dropped scope around the running code as its span, where it has the one around that scope.
fn dropped_scope(context: &Context) -> Option<Context> {
    if !scope::is_dropped() {
        return None;
    }
    let span = context.span();
    let own = span.span_context();
    let is_around = || Context::map_current(|current| current.span().span_context() == own);
    if own.is_valid() && (!own.is_sampled() || !is_around()) {
        return None;
    }
    let dropped = TraceContext::current().span_context()?;
    Some(context.with_remote_span_context(dropped))
}
