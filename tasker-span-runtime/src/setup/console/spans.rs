//! The spans that a line shows, and dropped scopes as if they were spans.

use std::fmt::Write;

use opentelemetry::trace::TraceContextExt;
use tracing::Subscriber;
use tracing::span::Id;
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::dropped::DroppedScope;
use crate::layer;

/// The names of the spans that a line shows, outermost first, and how many of them are around the innermost scope, if that is
/// dropped: what is inside of it is kept out of the trace.
pub(super) fn shown<S, N>(ctx: &FmtContext<'_, S, N>) -> (Vec<&'static str>, usize)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    let spans = ctx.event_scope().into_iter().flat_map(Scope::from_root);
    let (names, ids): (Vec<_>, Vec<_>) = spans.map(|span| (span.name(), span.id())).unzip();
    // While an event is on its way, `tracing` hides a subscriber that is not the global one.
    let inner = layer::with_current(|_, dispatch| {
        let is_in_trace = |id: &Id| {
            let context = get_otel_context(id, dispatch);
            context.is_some_and(|context| context.span().span_context().is_sampled())
        };
        ids.iter().rev().take_while(|id| !is_in_trace(id)).count()
    });
    let outer = names.len() - inner.unwrap_or(0);
    (names, outer)
}

/// The scope's attributes in the program's own format of fields.
pub(super) fn fields<S, N>(ctx: &FmtContext<'_, S, N>, scope: &DroppedScope) -> Option<String>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    scope.with_fields(|fields| {
        let mut text = String::new();
        let written = ctx.format_fields(Writer::new(&mut text), fields);
        written.is_ok().then_some(text)
    })?
}

/// The scope as `fmt` writes a span in JSON: its fields, and the name.
pub(super) fn json<S, N>(ctx: &FmtContext<'_, S, N>, scope: &DroppedScope) -> String
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    let fields = fields(ctx, scope).unwrap_or_default();
    let mut span = match fields.strip_suffix('}') {
        Some(fields) if fields.len() > 1 => format!("{fields},"),
        _ => "{".to_owned(),
    };
    let _ = write!(span, "\"name\":\"{}\"}}", scope.name());
    span
}
