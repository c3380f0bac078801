//! Derived ids are given to one span of this process at a time: a driver that runs again or a message that is delivered
//! twice gets a random id.

use uuid::Uuid;

use super::conflict::Conflicts;
use super::inherit::fill_step;
use super::local::LocalSpan;
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::Role;
use crate::identity::cache::{self, StepEntry};
use crate::identity::{self, Execution, SpanId};
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

/// What an execution got when it claimed its id.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    pub(super) id: Option<SpanId>,
    /// The id, if another span has it.
    pub(super) taken: Option<SpanId>,
    /// The step's latest execution before this one.
    pub(super) latest: Option<SpanId>,
    /// What contradicts the identity cache.
    pub(super) conflicts: Conflicts,
}

/// Claims the id of an execution; not for a span inside others about the same step, which may have it as their parent.
pub(super) fn execution(span: &LocalSpan, realm: u128) -> Claimed {
    let own = &span.record.attributes;
    let Some(step_uuid) = own.step_uuid.filter(|_| span.site.role() == Role::Execution) else {
        return Claimed::default();
    };
    let derived = own.execution_id().filter(|_| {
        !span
            .near_ancestors()
            .any(|enclosing| enclosing.step_uuid() == Some(step_uuid))
    });
    let (is_decided, is_sampled) = (sampling::is_active(), span.sampling.is_sampled);
    let note = |step: &mut StepEntry, number| {
        if is_decided {
            if is_sampled {
                step.unsampled.note_sampled();
            } else {
                step.unsampled.start(number);
            }
        }
    };
    let (entry, number) = own.slot(step_uuid);
    let claim = |step: &mut StepEntry| {
        note(step, number);
        let id = derived.filter(|_| number.is_some_and(|number| step.attempts.claim(number)));
        if id.is_some() && is_sampled {
            // The step's spans that do not know their attempt are its children.
            step.execution = id;
        }
        id
    };
    let apart = (entry != step_uuid).then(|| {
        if let Some(execution) = own.execution().filter(|_| derived.is_some()) {
            mark(execution, step_uuid, realm);
        }
        cache::update_step(realm, entry, claim)
    });
    cache::update_step(realm, step_uuid, |step| {
        let (conflicts, latest) = (fill_step(step, own), step.execution);
        let id = match apart {
            None => claim(step),
            Some(id) => {
                note(step, None);
                if id.is_some() && is_sampled {
                    step.execution = id;
                }
                id
            }
        };
        Claimed {
            id,
            taken: derived.filter(|_| id.is_none()),
            latest,
            conflicts,
        }
    })
}

/// Notes an execution with an entry apart, so that those before it are known to be older.
#[cold]
pub(super) fn mark(execution: Execution, step_uuid: Uuid, realm: u128) {
    for (entry, number) in execution.marks(step_uuid) {
        cache::update_step(realm, entry, |step| step.attempts.claim(number));
    }
}

/// Whether this process has had a later execution of the step.
#[cold]
pub(super) fn has_later(execution: Execution, step_uuid: Uuid, realm: u128) -> bool {
    let mut later = execution.later(step_uuid).into_iter();
    later.any(|(entry, number)| cache::step(realm, entry).is_some_and(|step| step.attempts.reach(number)))
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
    if span.has_derived_id
        && span.site.role() == Role::Execution
        && let Some((entry, number)) = slot(&span.record.attributes)
    {
        cache::update_step(realm, entry, |step| step.attempts.claim(number));
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
        Role::Execution => release_execution(own, realm),
        Role::Transition | Role::Handler | Role::Other => {}
    }
}

/// Releases the id of an execution.
pub(super) fn release_execution(own: &Attributes, realm: u128) {
    if let Some((entry, number)) = slot(own) {
        cache::update_step(realm, entry, |step| step.attempts.release(number));
    }
}

/// The entry of the identity cache that has the claim of an execution, and its number there.
fn slot(own: &Attributes) -> Option<(Uuid, u32)> {
    let (entry, number) = own.slot(own.step_uuid?);
    Some((entry, number?))
}
