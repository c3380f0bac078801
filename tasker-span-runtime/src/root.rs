//! When a task's root is emitted: once, by the transition into a terminal state, unless a driver holds it open.

use std::sync::Arc;
use std::time::SystemTime;

use compact_str::CompactString;
use uuid::Uuid;

use crate::attributes::fill;
use crate::dropped;
use crate::identity;
use crate::layer;
use crate::memory;
use crate::recording::{self, Handle, Kept};
use crate::scope::{self, Scope};
use crate::site::Role;
use crate::state;
use crate::stats;
use crate::verdict;

/// Emits the task's root where a span that ended in success performed the transition into a terminal state.
pub(crate) fn close(scope: &Arc<Scope>) {
    if scope.site.role() != Role::Transition {
        return;
    }
    {
        let is_terminal = |state: &Option<CompactString>| state.as_deref().is_some_and(state::is_terminal);
        let attributes = scope.attributes();
        // A task that had ended before, as one in error that is resolved by hand, has its root from then, perhaps from
        // another process.
        if !is_terminal(&attributes.to_state) || is_terminal(&attributes.from_state) {
            return;
        }
    }
    let mut attributes = dropped::known(scope);
    let Some(task_uuid) = attributes.task_uuid else { return };
    let kept = match &scope.dropped {
        // A dropped task has a root for the sake of its errors, and of what was kept before it was dropped.
        Some(dropped) => {
            let has_failed = attributes.to_state.as_deref() == Some("error") && dropped.keeps_errors();
            let task = memory::task(task_uuid).unwrap_or_default();
            if !has_failed && !task.needs_root() {
                return;
            }
            if let Some(driver) = dropped::chain(scope).find(|around| is_driver(around, task_uuid)) {
                return dropped::keep(driver);
            }
            Some(if task.has_kept_span() {
                Kept::WithParent
            } else {
                Kept::ByError
            })
        }
        // Where a filter keeps the transition out of the trace, a root alone would be no trace either.
        None if scope.exported_id().is_none() => return,
        // The claim of a driver that holds the root open is remembered, but not for ever.
        None if scope::around().iter().any(|around| is_open_driver(around, task_uuid)) => return,
        None => verdict::of_root(task_uuid),
    };
    let Some(tracer) = layer::with_current(|layer, _| layer.tracer().clone()) else {
        return;
    };
    let (is_due, first_seen) = memory::update_task(task_uuid, |task| {
        // The transition's subject need not know all that the task's other spans knew.
        fill(
            &mut attributes.parent_correlation_id,
            task.parent_correlation_id.as_ref(),
        );
        fill(&mut attributes.task_name, task.task_name.as_ref());
        fill(&mut attributes.priority, task.priority.as_ref());
        (task.claim_root(), task.first_seen)
    });
    if is_due {
        let started_at = scope.started_at.or(first_seen).unwrap_or_else(SystemTime::now);
        recording::emit_root(&tracer, &attributes, started_at, kept);
        stats::ROOTS_EMITTED.add_one();
        if matches!(kept, Some(Kept::ByError)) {
            stats::SPANS_SAMPLED_BY_ERROR.add_one();
        }
    }
}

fn is_driver(around: &Scope, task_uuid: Uuid) -> bool {
    around.site.role() == Role::Root && around.identity().0 == Some(task_uuid)
}

/// Whether the scope is a driver whose own span is going to be the root: one that began before it knew its task is none.
fn is_open_driver(around: &Scope, task_uuid: Uuid) -> bool {
    let id = around.handle.get().and_then(Handle::span_id);
    is_driver(around, task_uuid) && id == Some(identity::root_span_id(task_uuid))
}
