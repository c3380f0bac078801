//! A task's root without a driver: emitted once, by the transition into a terminal state.

use std::sync::Arc as StdArc;

use triomphe::Arc;
use uuid::Uuid;

use super::decide;
use super::export::want;
use super::local::LocalSpan;
use super::settings::Settings;
use crate::catalogue::attributes::{Attributes, fill};
use crate::catalogue::site::Role;
use crate::clock;
use crate::identity::intern::Interned;
use crate::identity::{self, cache};
use crate::record::{End, Source, SpanRecord, Time, pool};
use crate::sampling::Decision;
use crate::stats;
use crate::subject::state;

/// A root that is to be emitted, after the span of the transition.
pub(super) struct Root {
    settings: StdArc<Settings>,
    attributes: Attributes,
    started: Time,
    is_by_error: bool,
    decision: Option<Decision>,
}

/// The root of the task that a transition ended, unless a driver or another process accounts for it.
pub(super) fn due(span: &Arc<LocalSpan>) -> Option<Root> {
    let settings = span.settings.clone()?;
    let mut attributes = span.known();
    // A task that had ended before, as one in error that is resolved by hand, has its root from then.
    let is_terminal = |state: Option<&str>| state.is_some_and(state::is_terminal);
    if !is_terminal(attributes.to_state.as_deref())
        || is_terminal(attributes.from_state.as_deref())
        || span.is_filtered()
    {
        return None;
    }
    let task_uuid = attributes.task_uuid?;
    let realm = span.realm();
    let mut is_by_error = false;
    if !span.sampling.is_sampled {
        // An unsampled task has a root for its errors, and for spans that were sampled before the rate changed.
        let has_failed = attributes.to_state.as_deref() == Some("error") && span.sampling.keep_errors;
        let task = cache::task(realm, task_uuid).unwrap_or_default();
        if !has_failed && !task.needs_root() {
            return None;
        }
        is_by_error = !task.has_exported_span();
        if let Some(driver) = span.near_ancestors().find(|enclosing| is_driver(enclosing, task_uuid)) {
            want(driver);
            return None;
        }
    } else if span
        .near_ancestors()
        .any(|enclosing| is_open_driver(enclosing, task_uuid))
    {
        // The claim of a driver is in the cache, but not for ever.
        return None;
    }
    let (is_due, started_at, first_seen) = cache::update_task(realm, task_uuid, |task| {
        // The first ids of the task count, as they do for `inherit`.
        attributes.correlation_id = task.correlation_id().or(attributes.correlation_id);
        attributes.namespace = task.namespace.map(Interned::text).or(attributes.namespace.take());
        // The transition's subject need not know all that the task's other spans knew.
        fill(
            &mut attributes.parent_correlation_id,
            task.parent_correlation_id().as_ref(),
        );
        fill(&mut attributes.task_name, task.task_name.map(Interned::text).as_ref());
        attributes.priority = attributes.priority.or(task.priority());
        (task.claim_root(), task.started_at(), task.first_seen())
    });
    // The transition's own is in the cache too.
    let first_seen = first_seen.unwrap_or(span.started);
    let started = match started_at.or(span.started_at).map(Time::from) {
        // What creates a task begins before its row.
        Some(Time::Unix(started)) if started <= clock::wall().at(first_seen) => Time::Unix(started),
        _ => Time::Clock(first_seen),
    };
    let decision = if span.sampling.is_sampled {
        decide::of_root(&settings, task_uuid)
    } else {
        None
    };
    is_due.then_some(Root {
        settings,
        attributes,
        started,
        is_by_error,
        decision,
    })
}

impl Root {
    pub(super) fn emit(self) {
        let Some(task_uuid) = self.attributes.task_uuid else {
            return;
        };
        stats::ROOTS_EMITTED.add_one();
        if self.is_by_error {
            stats::SPANS_SAMPLED_BY_ERROR.add_one();
        }
        self.settings.recorder.record(pool::fill(SpanRecord {
            source: Source::Root,
            names: self.settings.names,
            attributes: self.attributes,
            trace_id: identity::trace_id(task_uuid),
            span_id: identity::root_span_id(task_uuid),
            parent_id: None,
            parent_is_remote: false,
            started: self.started,
            ended: Time::Clock(clock::now()),
            end: End::Returned,
            is_sampled_by_error: self.is_by_error,
            decision: self.decision,
            extra: None,
        }));
    }
}

fn is_driver(span: &LocalSpan, task_uuid: Uuid) -> bool {
    span.site.role() == Role::Root && span.task_uuid() == Some(task_uuid)
}

/// Whether the span is a driver whose own span is going to be the root. One that started before it knew its task is not.
fn is_open_driver(span: &LocalSpan, task_uuid: Uuid) -> bool {
    is_driver(span, task_uuid) && !span.is_filtered() && span.span_id() == identity::root_span_id(task_uuid)
}
