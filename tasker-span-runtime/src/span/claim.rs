//! Derived ids are given to one span of this process at a time: a driver that runs again or a message that is delivered
//! twice gets a random id.

use super::conflict::{self, Conflicts};
use super::inherit::fill_step;
use super::local::LocalSpan;
use crate::catalogue::site::Role;
use crate::identity::{self, SpanId, cache};
use crate::sampling;

/// Claims the id of a task's root; not for a span whose parent is of its trace: a trace has no cycles.
pub(super) fn root(span: &LocalSpan, realm: u128) -> Option<SpanId> {
    if span.site.role() != Role::Root {
        return None;
    }
    let task_uuid = span.record.attributes.task_uuid?;
    if super::position::is_in_trace(span, identity::trace_id(task_uuid)) || !span.is_alone && is_in_foreign_span(span) {
        return None;
    }
    let is_free = cache::update_task(realm, task_uuid, cache::TaskEntry::claim_root);
    is_free.then(|| identity::root_span_id(task_uuid))
}

/// Whether a span of other code, in this task's trace and process, is active.
fn is_in_foreign_span(span: &LocalSpan) -> bool {
    let Some(task_uuid) = span.record.attributes.task_uuid else {
        return false;
    };
    super::foreign::foreign().is_some_and(|foreign| {
        !foreign.is_remote() && foreign.trace_id().to_bytes() == identity::trace_id(task_uuid).to_u128().to_be_bytes()
    })
}

/// Claims the id of an attempt; not for a span inside others about the same step, which may have it as their parent.
/// Returns also what contradicts the identity cache.
pub(super) fn execution(span: &LocalSpan, realm: u128) -> (Option<SpanId>, Conflicts) {
    let own = &span.record.attributes;
    let Some(step_uuid) = own.step_uuid.filter(|_| span.site.role() == Role::Execution) else {
        return (None, conflict::NONE);
    };
    let attempt = own.attempt();
    let attempt = attempt.filter(|_| {
        !span
            .near_ancestors()
            .any(|enclosing| enclosing.step_uuid() == Some(step_uuid))
    });
    let derived = attempt.map(|attempt| (attempt, identity::execution_span_id(step_uuid, attempt)));
    let (is_decided, is_sampled) = (sampling::is_active(), span.sampling.is_sampled);
    cache::update_step(realm, step_uuid, |step| {
        let conflicts = fill_step(step, own);
        if is_decided {
            if is_sampled {
                step.note_sampled();
            } else {
                step.note_unsampled(own.attempt_number);
            }
        }
        let claimed = derived
            .filter(|(attempt, _)| step.attempts.claim(*attempt))
            .map(|(_, id)| id);
        if claimed.is_some() && is_sampled {
            // The step's spans that do not know their attempt are its children.
            step.execution = claimed;
        }
        (claimed, conflicts)
    })
}

/// Notes a latest execution that has another id than the derived one.
pub(super) fn note_execution(span: &LocalSpan, realm: u128) {
    if span.site.role() == Role::Execution
        && !span.has_derived_id
        && span.is_exported()
        && let Some(step_uuid) = span.record.attributes.step_uuid
    {
        cache::update_step(realm, step_uuid, |step| step.execution = Some(span.span_id()));
    }
}

/// Claims the id of an attempt again, which was released at the end of its unsampled span.
pub(super) fn again(span: &LocalSpan, realm: u128) {
    let own = &span.record.attributes;
    let attempt = own.attempt();
    if span.has_derived_id
        && span.site.role() == Role::Execution
        && let Some((step_uuid, attempt)) = own.step_uuid.zip(attempt)
    {
        cache::update_step(realm, step_uuid, |step| step.attempts.claim(attempt));
    }
}

/// Releases what an unsampled span claimed that is not exported, for the span that comes after it.
pub(super) fn release(span: &LocalSpan, realm: u128) {
    let own = &span.record.attributes;
    match span.site.role() {
        Role::Root => {
            if let Some(task_uuid) = own.task_uuid {
                cache::update_task(realm, task_uuid, cache::TaskEntry::release_root);
            }
        }
        Role::Execution => {
            let attempt = own.attempt();
            if let Some((step_uuid, attempt)) = own.step_uuid.zip(attempt) {
                cache::update_step(realm, step_uuid, |step| step.attempts.release(attempt));
            }
        }
        Role::Transition | Role::Other => {}
    }
}
