//! Links from an execution to the one before it: the previous attempt or continuation, the last execution before a reset, or an
//! earlier execution of the same attempt. Their ids are derived, or in the identity cache.

use opentelemetry::KeyValue;
use opentelemetry::trace::Link;
use uuid::Uuid;

use super::claim::{self, Claimed};
use super::local::LocalSpan;
use super::position;
use crate::catalogue::attributes::Attributes;
use crate::identity::{Execution, Relation, SpanId, TraceId, cache};
use crate::stats;

/// Says what the linked execution is to the span.
pub(super) const RELATION: &str = "tasker.link";

/// Links a sampled execution to the one before it, and marks one whose attempt has been executed already.
#[inline]
pub(super) fn note(span: &mut LocalSpan, claimed: &Claimed, realm: u128) {
    if claimed.taken.is_some() && span.settings.is_some() {
        mark_repeated(span);
    }
    if !span.sampling.is_sampled {
        return;
    }
    let previous = match (claimed.taken, claimed.id) {
        (Some(taken), _) => Some((taken, Relation::SameAttempt)),
        (None, Some(_)) => previous(&span.record.attributes, claimed.latest, realm),
        (None, None) => None,
    };
    if let Some((span_id, relation)) = previous {
        let link = link(span.record.trace_id, span_id, relation);
        add(&mut span.extra_mut().links, link);
    }
}

/// The link of an attempt whose worker was lost.
pub(super) fn of_lost(attempt: &Attributes, trace_id: TraceId, latest: Option<SpanId>, realm: u128) -> Option<Link> {
    let (span_id, relation) = previous(attempt, latest, realm)?;
    Some(link(trace_id, span_id, relation))
}

#[cold]
fn mark_repeated(span: &mut LocalSpan) {
    stats::ATTEMPTS_REPEATED.add_one();
    span.extra_mut().is_attempt_repeated = true;
}

#[inline]
fn previous(own: &Attributes, latest: Option<SpanId>, realm: u128) -> Option<(SpanId, Relation)> {
    let execution = own.execution()?;
    let step_uuid = own.step_uuid?;
    if execution.is_first_after_reset() {
        // A message may come late. The step's latest execution comes after this one then, and links to it itself.
        let before = latest.filter(|_| !claim::has_later(execution, step_uuid, realm));
        return Some((before?, Relation::PreviousGeneration));
    }
    let (before, relation) = execution.previous()?;
    let last = match relation {
        // It may have yielded at checkpoints.
        Relation::PreviousAttempt => last_continuation(before, step_uuid, realm),
        _ => None,
    };
    Some((last.unwrap_or_else(|| before.span_id(step_uuid)), relation))
}

/// The last continuation of an attempt, if this process has executed a later one than the first.
#[cold]
fn last_continuation(attempt: Execution, step_uuid: Uuid, realm: u128) -> Option<SpanId> {
    let (entry, _) = attempt.continuation(2).slot(step_uuid);
    cache::step(realm, entry)?.execution
}

fn link(trace_id: TraceId, span_id: SpanId, relation: Relation) -> Link {
    let relation = KeyValue::new(RELATION, relation.name());
    Link::new(position::derived(trace_id, span_id), vec![relation], 0)
}

/// Adds the link, or says of a message's link to the same span what it leads to.
#[cold]
fn add(links: &mut Vec<Link>, new: Link) {
    let (trace_id, span_id) = (new.span_context.trace_id(), new.span_context.span_id());
    let is_it = |link: &&mut Link| (link.span_context.trace_id(), link.span_context.span_id()) == (trace_id, span_id);
    match links.iter_mut().find(is_it) {
        Some(link) => link.attributes.extend(new.attributes),
        None => links.push(new),
    }
}

/// The link of an unsampled execution that is exported for an error, to the attempt before it, which failed as well.
pub(super) fn of_exported(span: &LocalSpan) -> Option<Link> {
    let own = &span.record.attributes;
    let execution = own.execution().filter(|_| span.has_derived_id)?;
    let (before, relation) = execution.previous()?;
    let span_id = before.span_id(own.step_uuid?);
    (relation == Relation::PreviousAttempt).then(|| link(span.record.trace_id, span_id, relation))
}
