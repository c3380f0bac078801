//! How the span of a dropped scope is exported after all: because it failed, or because something inside of it did.

use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::SystemTime;

use uuid::Uuid;

use super::{Dropped, chain, known};
use crate::attributes::Attributes;
use crate::clock::{self, Instant};
use crate::dropped_steps;
use crate::hierarchy;
use crate::identity::{self, SpanId, TraceId};
use crate::layer;
use crate::memory;
use crate::outcome::Failure;
use crate::recording::{self, Finished};
use crate::resolve;
use crate::scope::Scope;
use crate::stats;
use crate::violation;

/// The id that the span of a dropped scope has, should it be exported.
pub(crate) fn span_id(scope: &Arc<Scope>) -> Option<SpanId> {
    let dropped = scope.dropped.as_ref()?;
    let id = dropped.span_id.get_or_init(|| {
        let derived = derived_id(scope, &known(scope));
        derived.unwrap_or_else(recording::random_span_id)
    });
    Some(*id)
}

/// As a span that is kept has it: given away once, and not inside of a span that may have it already.
fn derived_id(scope: &Arc<Scope>, known: &Attributes) -> Option<SpanId> {
    match scope.site.name() {
        "task.orchestration" => {
            let task_uuid = known.task_uuid?;
            if chain(scope).any(|around| around.identity().0 == Some(task_uuid)) {
                return None;
            }
            let is_free = memory::update_task(task_uuid, memory::TaskMemory::claim_root);
            is_free.then(|| identity::root_span_id(task_uuid))
        }
        "step.execution" => {
            let step_uuid = known.step_uuid?;
            let attempt = u32::try_from(known.attempt_number?).ok()?;
            if chain(scope).any(|around| around.identity().1 == Some(step_uuid)) {
                return None;
            }
            let derived = identity::execution_span_id(step_uuid, attempt);
            memory::update_step(step_uuid, |step| step.attempts.claim(attempt)).then_some(derived)
        }
        _ => None,
    }
}

/// Takes back what [`derived_id`] has claimed, of a scope that is not exported: a line logged in it had its ids, and whichever
/// span comes after it under the same identity shall have them too.
pub(super) fn release_id(scope: &Scope) {
    let Some(dropped) = &scope.dropped else { return };
    let Some(id) = dropped.span_id.get() else { return };
    match scope.site.name() {
        "task.orchestration" => {
            let own = |task_uuid: &Uuid| identity::root_span_id(*task_uuid) == *id;
            if let Some(task_uuid) = dropped.task_uuid.filter(own) {
                memory::update_task(task_uuid, memory::TaskMemory::release_root);
            }
        }
        "step.execution" => {
            let attempt = scope.attributes().attempt_number;
            let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok());
            let own = |(step_uuid, attempt): &(Uuid, u32)| identity::execution_span_id(*step_uuid, *attempt) == *id;
            if let Some((step_uuid, attempt)) = dropped.step_uuid.zip(attempt).filter(own) {
                memory::update_step(step_uuid, |step| step.attempts.release(attempt));
            }
        }
        _ => {}
    }
}

/// Exports what encloses a kept span: when it ends, or now where it has ended.
pub(crate) fn keep(scope: &Arc<Scope>) {
    let Some(dropped) = &scope.dropped else { return };
    dropped.keep.store(true, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    if let Some(ended) = dropped.ended.get() {
        export(scope, *ended, None, false);
    }
}

pub(super) fn export(scope: &Arc<Scope>, ended: Instant, failure: Option<Failure>, is_cancelled: bool) {
    let Some(dropped) = &scope.dropped else { return };
    if dropped.exported.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut attributes = known(scope);
    let has_failed = failure.is_some() || is_cancelled;
    if !has_failed {
        resolve::recall_late(scope.site, &mut attributes);
    }
    let Some(task_uuid) = dropped.task_uuid.or(attributes.task_uuid) else {
        stats::MISSING_ATTRIBUTES.add_one();
        return;
    };
    let Some(tracer) = layer::with_current(|layer, _| layer.tracer().clone()) else {
        // Another subscriber is current where the scope ends, or none.
        stats::SPANS_ENDED.add_one();
        stats::SPANS_NOT_EXPORTED.add_one();
        return;
    };
    let Some(span_id) = span_id(scope) else { return };
    let trace_id = identity::trace_id(task_uuid);
    let around = chain(scope).find_map(|around| Some((around, exported_in(around, task_uuid, trace_id)?)));
    let parent = match around {
        Some((_, parent)) => Some(parent),
        None if span_id == identity::root_span_id(task_uuid) => None,
        None => Some(lost_parent(scope, &attributes, task_uuid)),
    };
    let started = started(scope, dropped);
    recording::emit_finished(
        &tracer,
        Finished {
            site: scope.site,
            attributes: &attributes,
            trace_id,
            span_id,
            parent,
            started,
            ended: started + ended.saturating_duration_since(dropped.began),
            failure,
            is_cancelled,
            violations: violations(scope, &attributes, around.map(|(around, _)| around), has_failed),
        },
    );
    stats::SPANS_SAMPLED_BY_ERROR.add_one();
    if let Some(namespace) = dropped.namespace.filter(|_| scope.site.name() == "step.execution") {
        namespace.count_sampled_by_error();
    }
    memory::update_task(task_uuid, memory::TaskMemory::note_kept_error);
    if let Some((around, _)) = around {
        keep(around);
    }
}

/// The id under which a span is exported that stands in this trace.
fn exported_in(scope: &Arc<Scope>, task_uuid: Uuid, trace_id: TraceId) -> Option<SpanId> {
    if let Some(dropped) = &scope.dropped {
        return span_id(scope).filter(|_| dropped.task_uuid == Some(task_uuid));
    }
    let handle = scope.handle.get().filter(|handle| handle.is_sampled())?;
    handle.span_id().filter(|_| handle.trace_id() == Some(trace_id))
}

/// The parent of a span that has lost the scopes of its task. The span of its step's execution is there only if that has not
/// ended yet, or has failed as well; the root is there whenever its task is kept, or has a failure.
fn lost_parent(scope: &Scope, attributes: &Attributes, task_uuid: Uuid) -> SpanId {
    let attempt = attributes
        .attempt_number
        .and_then(|attempt| u32::try_from(attempt).ok());
    let execution = attributes.step_uuid.filter(|_| scope.site.name() != "step.execution");
    match execution.zip(attempt) {
        Some((step_uuid, attempt)) if dropped_steps::want(step_uuid, attributes.attempt_number) => {
            identity::execution_span_id(step_uuid, attempt)
        }
        _ => identity::root_span_id(task_uuid),
    }
}

/// When the scope began. The times of scopes inside each other are measured from the outermost, so that they nest.
fn started(scope: &Arc<Scope>, dropped: &Dropped) -> SystemTime {
    *dropped.started.get_or_init(|| {
        let outer = chain(scope)
            .next()
            .and_then(|around| Some((around, around.dropped.as_ref()?)));
        if let Some((around, outer)) = outer {
            return started(around, outer) + dropped.began.saturating_duration_since(outer.began);
        }
        let now = SystemTime::now();
        now.checked_sub(clock::now().saturating_duration_since(dropped.began))
            .unwrap_or(now)
    })
}

/// What a span that is kept would have been marked with.
fn violations(scope: &Scope, known: &Attributes, around: Option<&Arc<Scope>>, has_failed: bool) -> Vec<String> {
    let mut violations = Vec::new();
    let site = scope.site;
    let is_missing = |attribute| known.get(attribute).is_none();
    for attribute in site.required().filter(|attribute| is_missing(*attribute)) {
        if !site.late().contains(&attribute) {
            stats::MISSING_ATTRIBUTES.add_one();
            violations.push(violation::missing(site, attribute));
        } else if !has_failed {
            stats::LATE_NEVER_RECORDED.add_one();
            violations.push(violation::never_recorded(site, attribute));
        }
    }
    if known.task_uuid.is_some()
        && let Some(violation) = hierarchy::violation(site, around.map(|around| &**around))
    {
        stats::HIERARCHY_VIOLATIONS.add_one();
        violations.push(violation);
    }
    violations
}
