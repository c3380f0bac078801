//! What a starting span is linked to: the senders that its arguments name, and the context that it leaves.

use opentelemetry::trace::SpanContext;

use super::Parentage;
use super::span::StartOf;
use crate::identity;
use crate::link::Links;
use crate::propagation::Carrier;

/// The trace and the span of a context, as they are in the identity of Tasker's own spans.
type Ids = (u128, u64);

fn ids(context: &SpanContext) -> Ids {
    (
        u128::from_be_bytes(context.trace_id().to_bytes()),
        u64::from_be_bytes(context.span_id().to_bytes()),
    )
}

/// The contexts that the span of `start` is linked to, each once. `foreign` is current, and not the span's parent.
pub(super) fn links(start: &StartOf<'_>, foreign: Option<SpanContext>) -> impl Iterator<Item = SpanContext> {
    let own = own_ids(start);
    let parent = parent_ids(start.parentage);
    let foreign = foreign.filter(|foreign| Some(ids(foreign)) != own && Some(ids(foreign)) != parent);
    let current = foreign.as_ref().map(ids);
    let carriers = start.links.map(Links::carriers).unwrap_or_default();
    let senders = carriers.iter().filter_map(Carrier::span_context);
    let senders = senders.filter(move |sender| Some(ids(sender)) != own && Some(ids(sender)) != current);
    foreign.into_iter().chain(senders)
}

/// What the span will be, where that is known: a link to itself says nothing.
fn own_ids(start: &StartOf<'_>) -> Option<Ids> {
    let trace_id = identity::trace_id(start.attributes.task_uuid?);
    Some((trace_id.to_u128(), start.span_id?.to_u64()))
}

fn parent_ids(parentage: Parentage) -> Option<Ids> {
    match parentage {
        Parentage::Derived { trace_id, parent } => Some((trace_id.to_u128(), parent?.to_u64())),
        Parentage::Current | Parentage::CurrentSpan | Parentage::Remote => None,
    }
}
