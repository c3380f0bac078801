//! How the running code finds the scopes around it: through tracing's current span, so that `#[instrument]`ed functions,
//! `in_scope` and `.instrument(…)` of other code count, and through those that are entered where tracing has no current span.

use std::sync::Arc;

use tracing::Dispatch;
use tracing::span::Id;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use super::{Scope, entered};
use crate::dropped;

/// A scope in the extensions of its tracing span.
#[derive(Debug)]
pub(crate) struct SpanScope(pub(crate) Arc<Scope>);

/// The innermost scope around the running code.
pub(crate) fn enclosing() -> Option<Arc<Scope>> {
    let current = entered::innermost_entered();
    // No span of tracing stands for a dropped scope: the current one is around it, or inside of it and dropped with it.
    if current.as_ref().is_some_and(|scope| scope.dropped.is_some()) {
        return current;
    }
    tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let id = span.id()?;
        let entered = current.as_ref().and_then(|scope| scope.span.get());
        if entered.is_some_and(|span| span.is(dispatch, id)) {
            return None;
        }
        in_span(dispatch, id)
    })
    .or(current)
}

/// The innermost scope around the running code, for work that leaves its thread or outlives it.
pub(crate) fn carried() -> Option<Arc<Scope>> {
    let scope = enclosing()?;
    if scope.dropped.is_some() {
        dropped::carry(&scope);
    }
    Some(scope)
}

/// The scope of a tracing span, or of the nearest of its ancestors that has one.
fn in_span(dispatch: &Dispatch, id: &Id) -> Option<Arc<Scope>> {
    let registry = dispatch.downcast_ref::<Registry>()?;
    registry
        .span(id)?
        .scope()
        .find_map(|span| span.extensions().get::<SpanScope>().map(|scope| Arc::clone(&scope.0)))
}

/// The scopes around the running code, innermost first: of the tracing spans that the current one stands under, or, where
/// there is none of ours, of those entered on this thread.
pub(crate) fn around() -> Vec<Arc<Scope>> {
    let of_spans = tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let registry = dispatch.downcast_ref::<Registry>()?;
        let spans = registry.span(span.id()?)?.scope();
        let scopes = spans.filter_map(|span| span.extensions().get::<SpanScope>().map(|scope| Arc::clone(&scope.0)));
        Some(scopes.collect::<Vec<_>>())
    });
    let of_spans = of_spans.unwrap_or_default();
    if !of_spans.is_empty() {
        return of_spans;
    }
    entered::all()
}

/// Whether any scope around the running code is about this step: of those entered on this thread, or of the tracing spans
/// that the current one stands under.
pub(crate) fn any_around_of_step(step_uuid: Uuid) -> bool {
    entered::any_of_step(step_uuid)
        || tracing::dispatcher::get_default(|dispatch| {
            let span = dispatch.current_span();
            let registry = dispatch.downcast_ref::<Registry>()?;
            let mut around = registry.span(span.id()?)?.scope();
            Some(around.any(|span| {
                span.extensions()
                    .get::<SpanScope>()
                    .is_some_and(|scope| scope.0.attributes().step_uuid == Some(step_uuid))
            }))
        })
        .unwrap_or(false)
}

/// The names of the spans around the running code, outermost first.
pub(crate) fn path() -> Vec<&'static str> {
    tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let registry = dispatch.downcast_ref::<Registry>()?;
        let scope = registry.span(span.id()?)?.scope();
        Some(scope.from_root().map(|span| span.name()).collect())
    })
    .unwrap_or_default()
}

/// The scope around `scope`, for which no span of tracing stands: of the spans that the current one stands under, the nearest
/// that was not entered inside of it.
pub(crate) fn outside(scope: &Arc<Scope>) -> Option<Arc<Scope>> {
    let inside = entered::from(scope);
    tracing::dispatcher::get_default(|dispatch| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let span = dispatch.current_span();
        registry.span(span.id()?)?.scope().find_map(|span| {
            let extensions = span.extensions();
            let SpanScope(around) = extensions.get()?;
            let is_inside = inside.iter().any(|inside| Arc::ptr_eq(inside, around));
            (!is_inside).then(|| Arc::clone(around))
        })
    })
}
