//! What a starting span is linked to: the context that it leaves, and the senders that its arguments name.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::span::{StartOf, foreign_context};
use crate::catalogue::Attribute;
use crate::identity;
use crate::link::{Links, MAX_LINKS};
use crate::propagation::TraceContext;
use crate::stats;

/// The contexts that the span of `start` is linked to, each once. `parent` is the span's where that is not simply what the
/// subscriber takes for the current span: then the running code's context may be another one, and is linked to.
pub(super) fn links<'a>(start: &StartOf<'a>, parent: Option<&Context>) -> impl Iterator<Item = SpanContext> + use<'a> {
    let own = own_ids(start);
    let foreign = parent.and_then(|parent| {
        let parent = ids(parent.span().span_context());
        foreign_context().filter(|foreign| ids(foreign) != parent && Some(ids(foreign)) != own)
    });
    let linked = foreign.as_ref().map(ids);
    let trace_contexts = start.links.map(Links::trace_contexts).unwrap_or_default();
    let senders = trace_contexts.iter().filter_map(TraceContext::span_context);
    let senders = senders.filter(move |sender| Some(ids(sender)) != linked && Some(ids(sender)) != own);
    foreign.into_iter().chain(senders)
}

/// Adds as many as the SDK keeps, and counts the rest. A span that is to be linked to its task's root has a place left for it.
pub(super) fn add(mut links: impl Iterator<Item = SpanContext>, span: &tracing::Span, start: &StartOf<'_>) {
    let is_late = start.scope.site.late().contains(&Attribute::TaskUuid);
    let places = MAX_LINKS - usize::from(is_late);
    links.by_ref().take(places).for_each(|link| span.add_link(link));
    stats::LINKS_OVER_LIMIT.add(links.count() as u64);
}

/// A context's trace and span.
type Ids = (u128, u64);

fn ids(context: &SpanContext) -> Ids {
    (
        u128::from_be_bytes(context.trace_id().to_bytes()),
        u64::from_be_bytes(context.span_id().to_bytes()),
    )
}

/// What the span will be, where that is known: a link to itself says nothing.
fn own_ids(start: &StartOf<'_>) -> Option<Ids> {
    let span_id = start.span_id?;
    let trace_id = identity::trace_id(start.attributes.task_uuid?);
    Some((trace_id.to_u128(), span_id.to_u64()))
}
