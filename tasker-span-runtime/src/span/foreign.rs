//! The context in which other code calls a span: that of its own span, or of another process.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use triomphe::Arc;

use super::local::LocalSpan;
use super::stack::{self, Entered};
use crate::outcome::caught;

/// The context of the code that calls the span, where it is not a local span's: a span of other code, or one of another process.
pub(crate) fn foreign() -> Option<SpanContext> {
    let is_of_other_code = stack::is_context_of_other_code();
    let entered = stack::innermost(|entry| match &entry.span {
        Entered::Local { .. } => None,
        Entered::Foreign { id, .. } => Some(id.clone()),
    });
    match entered {
        _ if is_of_other_code => active(),
        Some(None) => None,
        // OpenTelemetry's layer may not activate the contexts of its spans.
        Some(Some(id)) => caught(|| of_span(&id)).flatten(),
        None => active().or_else(|| caught(of_current_span).flatten()),
    }
}

/// The foreign context that calls the span, unless it is unsampled with an enclosing local span.
pub(super) fn caller(enclosing: Option<&Arc<LocalSpan>>) -> Option<SpanContext> {
    let is_inside = |caller: &SpanContext| {
        enclosing.is_some_and(|enclosing| {
            enclosing.trace_id().to_u128() == u128::from_be_bytes(caller.trace_id().to_bytes())
        })
    };
    foreign().filter(|caller| caller.is_sampled() || caller.is_remote() || !is_inside(caller))
}

fn active() -> Option<SpanContext> {
    let active = caught(|| Context::map_current(|context| context.span().span_context().clone()));
    active.filter(SpanContext::is_valid)
}

fn of_span(id: &tracing::span::Id) -> Option<SpanContext> {
    tracing::dispatcher::get_default(|dispatch| {
        let context = tracing_opentelemetry::get_otel_context(id, dispatch)?;
        let context = context.span().span_context().clone();
        context.is_valid().then_some(context)
    })
}

fn of_current_span() -> Option<SpanContext> {
    tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let context = tracing_opentelemetry::get_otel_context(span.id()?, dispatch)?;
        let context = context.span().span_context().clone();
        context.is_valid().then_some(context)
    })
}
