//! `Position`: a span's trace and parent, and the links to what it leaves. Its own id is claimed in `claim`.

use opentelemetry::trace::{Link, SpanContext, SpanId as OtelSpanId, TraceFlags, TraceId as OtelTraceId, TraceState};
use triomphe::Arc;
use uuid::Uuid;

use super::foreign::{caller, foreign};
use super::local::{LocalSpan, OTHER_IDS};
use super::{creation, random};
use crate::catalogue::attributes::Attributes;
use crate::catalogue::place::Place;
use crate::catalogue::site::{Role, Site};
use crate::catalogue::{Attribute, Family};
use crate::identity::{self, SpanId, TraceId, cache};
use crate::propagation::link::{Links, MAX_LINKS};
use crate::propagation::without_identity;
use crate::sampled_by::SampledBy;
use crate::sampling::without_threshold;
use crate::stats;

pub(super) struct Position {
    pub(super) trace_id: TraceId,
    pub(super) parent_id: Option<SpanId>,
    pub(super) parent_is_remote: bool,
    /// The enclosing span is of the same task.
    pub(super) is_same_task: bool,
}

/// A context's trace and span.
type Ids = (u128, u64);

fn ids(context: &SpanContext) -> Ids {
    (
        u128::from_be_bytes(context.trace_id().to_bytes()),
        u64::from_be_bytes(context.span_id().to_bytes()),
    )
}

fn span_id_of(context: &SpanContext) -> Option<SpanId> {
    SpanId::from_u64(ids(context).1)
}

pub(super) fn remote(trace_id: TraceId, span_id: SpanId, is_sampled: bool) -> SpanContext {
    let flags = if is_sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::NOT_SAMPLED
    };
    let (trace_id, span_id) = (
        OtelTraceId::from(trace_id.to_u128()),
        OtelSpanId::from(span_id.to_u64()),
    );
    SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE)
}

/// Finds the position of a span whose attributes and decision are known. Adds the link to what it leaves.
pub(super) fn find(span: &mut LocalSpan, is_root: bool, realm: u128) -> Position {
    let Some(task_uuid) = span.record.attributes.task_uuid else {
        return of_caller(span);
    };
    if span.is_alone {
        if span.enclosing.is_none() {
            let parent_id = (!is_root).then(|| derived_parent_of(span, task_uuid, realm));
            return Position {
                trace_id: identity::trace_id(task_uuid),
                parent_id,
                parent_is_remote: !is_root,
                is_same_task: false,
            };
        }
        if let Some(position) = of_child(span) {
            return position;
        }
    }
    let foreign = if span.is_alone { None } else { foreign() };
    let trace_id = match span.enclosing.as_deref() {
        Some(enclosing) if enclosing.record.attributes.task_uuid == Some(task_uuid) => enclosing.record.trace_id,
        _ => identity::trace_id(task_uuid),
    };
    let is_same_task = span.is_same_task;
    let position = |parent_id, parent_is_remote| Position {
        trace_id,
        parent_id,
        parent_is_remote,
        is_same_task,
    };
    let in_trace = foreign
        .as_ref()
        .filter(|foreign| ids(foreign).0 == trace_id.to_u128() && foreign.is_sampled());
    if let Some(foreign) = in_trace.filter(|foreign| !foreign.is_remote()) {
        take_tracestate(span, foreign.trace_state());
        return position(span_id_of(foreign), false);
    }
    if span.is_unplaced {
        // Whether the enclosing span is in this trace is known when it ends.
        return position(span.enclosing.as_deref().map(LocalSpan::span_id), false);
    }
    if let Some(parent) = enclosing_in_trace(span, trace_id) {
        let (parent_id, tracestate) = (parent.span_id(), tracestate_of(parent));
        set_tracestate(span, tracestate);
        // What is unsampled in this trace is inside the parent, and not exported.
        link_to(
            span,
            foreign.filter(|foreign| foreign.is_remote() || ids(foreign).0 != trace_id.to_u128()),
        );
        return position(Some(parent_id), false);
    }
    // Task spans and executions are where the catalogue says, on whichever side of a queue.
    let may_be_remote = span.place().family == Family::Step && span.site.role() != Role::Execution;
    if let Some(foreign) = in_trace.filter(|_| may_be_remote) {
        take_tracestate(span, foreign.trace_state());
        return position(span_id_of(foreign), true);
    }
    let parent_id = if is_root {
        None
    } else {
        Some(derived_parent_of(span, task_uuid, realm))
    };
    let left = foreign
        .or_else(|| if span.sampling.is_sampled { left(span) } else { None })
        .filter(|left| parent_id.is_none_or(|parent| ids(left).1 != parent.to_u64()));
    link_to(span, left);
    position(parent_id, parent_id.is_some())
}

/// The position right inside of a span of the same task, which is exported whenever this one is.
#[inline]
fn of_child(span: &mut LocalSpan) -> Option<Position> {
    let parent = span.enclosing.as_deref()?;
    let is_parent = span.is_same_task
        && parent.record.attributes.task_uuid.is_some()
        && parent.sampling.is_sampled == span.sampling.is_sampled
        && !parent.is_filtered()
        && !parent.has(OTHER_IDS);
    if !is_parent {
        return None;
    }
    let (trace_id, parent_id) = (parent.record.trace_id, parent.record.span_id);
    let tracestate = tracestate_of(parent);
    set_tracestate(span, tracestate);
    Some(Position {
        trace_id,
        parent_id: Some(parent_id),
        parent_is_remote: false,
        is_same_task: true,
    })
}

/// The position of a span without a task: in its caller's trace.
fn of_caller(span: &mut LocalSpan) -> Position {
    if let Some(foreign) = &caller(span.enclosing.as_ref())
        && let Some(trace_id) = TraceId::from_u128(ids(foreign).0)
    {
        take_tracestate(span, foreign.trace_state());
        return Position {
            trace_id,
            parent_id: span_id_of(foreign),
            parent_is_remote: foreign.is_remote(),
            is_same_task: false,
        };
    }
    match span.enclosing.as_deref() {
        Some(enclosing) => {
            let parent = std::iter::once(enclosing).chain(enclosing.near_ancestors().map(|span| &**span));
            let trace_id = enclosing.trace_id();
            let is_sampled = span.sampling.is_sampled;
            let parent = parent
                .take_while(|span| span.trace_id() == trace_id)
                .find(|parent| is_parent(parent, is_sampled));
            let (parent_id, tracestate) = (parent.map(LocalSpan::span_id), tracestate_of(enclosing));
            set_tracestate(span, tracestate);
            Position {
                trace_id,
                parent_id,
                parent_is_remote: false,
                is_same_task: false,
            }
        }
        None => Position {
            trace_id: random::trace_id(),
            parent_id: None,
            parent_is_remote: false,
            is_same_task: false,
        },
    }
}

/// Whether a span that is exported may have this one as its parent. An unsampled parent is exported with an unsampled span.
pub(crate) fn is_exported(span: &LocalSpan) -> bool {
    if span.is_taskless {
        creation::is_sampled(span)
    } else {
        span.is_exported()
    }
}

fn is_parent(parent: &LocalSpan, is_sampled: bool) -> bool {
    is_exported(parent) || !is_sampled && !parent.is_filtered()
}

/// The innermost span that may be the parent, if it is in this trace. One beyond a span of another task is no parent.
fn enclosing_in_trace(span: &LocalSpan, trace_id: TraceId) -> Option<&Arc<LocalSpan>> {
    let is_sampled = span.sampling.is_sampled;
    span.near_ancestors()
        .find(|parent| is_parent(parent, is_sampled))
        .filter(|parent| parent.trace_id() == trace_id)
}

/// Whether an enclosing span of this trace is the parent.
pub(super) fn is_in_trace(span: &LocalSpan, trace_id: TraceId) -> bool {
    enclosing_in_trace(span, trace_id).is_some()
}

/// The catalogue's parent, which runs elsewhere, or is exported later.
pub(super) fn derived_parent(site: &Site, place: &Place, own: &Attributes, task_uuid: Uuid, realm: u128) -> SpanId {
    let root = identity::root_span_id(task_uuid);
    if site.role() == Role::Execution || place.family == Family::Task {
        return root;
    }
    let execution = own
        .execution_id()
        .or_else(|| cache::step(realm, own.step_uuid?)?.execution);
    execution.unwrap_or(root)
}

fn derived_parent_of(span: &LocalSpan, task_uuid: Uuid, realm: u128) -> SpanId {
    derived_parent(span.site, span.place(), &span.record.attributes, task_uuid, realm)
}

/// The parent of an unsampled span that is exported, and whose enclosing spans are not at hand: its step's execution if that
/// will be exported, or else the root, which is there whenever a span of its task failed or was slow.
pub(super) fn wanted_parent(
    site: &Site,
    place: &Place,
    own: &Attributes,
    task_uuid: Uuid,
    realm: u128,
    by: SampledBy,
) -> SpanId {
    let is_in_step = site.role() != Role::Execution && place.family == Family::Step;
    let is_wanted = |step_uuid| {
        let (entry, number) = own.slot(step_uuid);
        cache::update_step(realm, entry, |step| step.unsampled.want(number, by))
    };
    let execution = own
        .execution_id()
        .filter(|_| is_in_step && own.step_uuid.is_some_and(is_wanted));
    execution.unwrap_or_else(|| identity::root_span_id(task_uuid))
}

/// Gives a span that lets go of its enclosing spans the parent that it has without them.
pub(super) fn orphan(span: &mut LocalSpan, realm: u128) {
    if let Some(task_uuid) = span.record.attributes.task_uuid {
        span.record.parent_id = Some(derived_parent_of(span, task_uuid, realm));
        span.record.parent_is_remote = true;
    }
}

/// The context of the enclosing span that is in another trace.
fn left(span: &LocalSpan) -> Option<SpanContext> {
    let exported = span.near_ancestors().find(|span| is_exported(span))?;
    Some(hand_out(exported))
}

/// Links to the context that the span leaves.
fn link_to(span: &mut LocalSpan, left: Option<SpanContext>) {
    if let Some(left) = left.filter(|_| span.sampling.is_sampled) {
        let links = &mut span.extra_mut().links;
        links.retain(|link| ids(&link.span_context) != ids(&left));
        links.insert(0, Link::with_context(left));
    }
}

/// The context of a local span for a message, a link or a span of other code. The span stays where it is.
pub(crate) fn hand_out(span: &LocalSpan) -> SpanContext {
    creation::pin(span);
    context_of(span)
}

/// The context of a local span, as a link or a parent has it.
pub(crate) fn context_of(span: &LocalSpan) -> SpanContext {
    let flags = if is_exported(span) {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::NOT_SAMPLED
    };
    let (trace_id, span_id) = (
        OtelTraceId::from(span.trace_id().to_u128()),
        OtelSpanId::from(span.span_id().to_u64()),
    );
    let tracestate = span.with_extra(|extra| {
        let base = extra.and_then(|extra| extra.tracestate.as_deref());
        crate::record::tracestate(base, span.sampling.decision.as_ref())
    });
    SpanContext::new(trace_id, span_id, flags, false, tracestate)
}

/// Adds the links that the arguments name.
pub(super) fn add_links(span: &mut LocalSpan, links: Links) {
    let (trace_contexts, received) = links.into_parts();
    let extra = span.extra_mut();
    extra.received = received;
    let senders = trace_contexts
        .iter()
        .filter_map(|sender| sender.without_identity().span_context());
    extra.links.extend(senders.map(Link::with_context));
}

/// Removes links to the span itself, and those beyond the limit. A span that is to be linked to its task's root has a place
/// left for it.
pub(super) fn limit_links(span: &mut LocalSpan) {
    let own = (span.record.trace_id.to_u128(), span.record.span_id.to_u64());
    let is_late = span.site.late().contains(&Attribute::TaskUuid);
    let limit = usize::try_from(span.limits().links).unwrap_or(usize::MAX);
    let Ok(extra) = span.extra.get_mut() else { return };
    let Some(extra) = extra.as_mut().filter(|extra| !extra.links.is_empty()) else {
        return;
    };
    extra.links.retain(|link| ids(&link.span_context) != own);
    let most = limit.min(MAX_LINKS).saturating_sub(usize::from(is_late));
    let beyond = extra.links.len().saturating_sub(most);
    stats::LINKS_OVER_LIMIT.add(beyond as u64);
    extra.dropped_links = u32::try_from(beyond).unwrap_or(u32::MAX);
    extra.links.truncate(most);
}

#[inline]
fn tracestate_of(span: &LocalSpan) -> Option<Box<str>> {
    if span.has_tracestate {
        span.with_extra(|extra| extra?.tracestate.clone())
    } else {
        None
    }
}

fn set_tracestate(span: &mut LocalSpan, tracestate: Option<Box<str>>) {
    if tracestate.is_some() {
        span.has_tracestate = true;
        span.extra_mut().tracestate = tracestate;
    }
}

/// Takes over the members of the parent's `tracestate`, without a threshold that was applied elsewhere. What the sender told of
/// the task is in the identity cache by then; a span without a task passes it on.
fn take_tracestate(span: &mut LocalSpan, state: &TraceState) {
    if *state != TraceState::NONE {
        let mut text = without_threshold(&state.header());
        if span.record.attributes.task_uuid.is_some() {
            text = without_identity(&text);
        }
        set_tracestate(span, Some(text.into_boxed_str()).filter(|text| !text.is_empty()));
    }
}

/// The context of a derived id.
pub(super) fn derived(trace_id: TraceId, span_id: SpanId) -> SpanContext {
    remote(trace_id, span_id, true)
}
