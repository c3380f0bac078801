//! A task's root without a driver: emitted once, by the transition into a terminal state.

use std::sync::Arc as StdArc;
use std::time::SystemTime;

use triomphe::Arc;
use uuid::Uuid;

use super::decide;
use super::export::want;
use super::local::LocalSpan;
use super::sampling_decision::SamplingDecision;
use super::settings::Settings;
use super::stack;
use crate::catalogue::attributes::{Attributes, fill};
use crate::catalogue::site::Role;
use crate::clock::{self, Instant, Wall};
use crate::identity::intern::Interned;
use crate::identity::{self, cache};
use crate::record::{End, Source, SpanRecord, Time, pool};
use crate::sampled_by::SampledBy;
use crate::sampling::SampleReason;
use crate::stats;
use crate::subject::state;

/// A root that is to be emitted, after the span of the transition.
pub(super) struct Root {
    settings: StdArc<Settings>,
    attributes: Attributes,
    started: Time,
    /// When the transition was recorded to be, if no code ran it.
    ended: Option<Time>,
    reason: SampleReason,
}

/// The root of the task that a transition ended, unless a driver or another process accounts for it.
pub(super) fn due(span: &Arc<LocalSpan>) -> Option<Root> {
    let settings = span.settings.clone().filter(|_| !span.is_filtered())?;
    let enclosing = || span.near_ancestors();
    of_transition(
        settings,
        span.known(),
        &span.sampling,
        enclosing,
        span.started_at,
        [Time::Clock(span.started), Time::Clock(clock::now())],
    )
}

/// The root of the task that a transition ended which no code ran. `times`: the start and the end of the transition.
pub(super) fn due_at(
    settings: &StdArc<Settings>,
    attributes: &Attributes,
    sampling: &SamplingDecision,
    started_at: Option<SystemTime>,
    times: [SystemTime; 2],
) -> Option<Root> {
    let (times, innermost) = (times.map(Time::from), stack::enclosing());
    // The row may lack what the task's other spans knew.
    let sampling = SamplingDecision {
        slower_than: settings.with_rates(|rates| decide::slower_than(attributes, rates)),
        ..*sampling
    };
    let enclosing = || {
        innermost
            .iter()
            .chain(innermost.iter().flat_map(|span| span.near_ancestors()))
    };
    let root = of_transition(
        StdArc::clone(settings),
        attributes.clone(),
        &sampling,
        enclosing,
        started_at,
        times,
    );
    root.map(|root| Root {
        ended: Some(times[1]),
        ..root
    })
}

/// `enclosing`: the enclosing spans of the transition, innermost first. `times`: its start and its end.
fn of_transition<'a, I: Iterator<Item = &'a Arc<LocalSpan>>>(
    settings: StdArc<Settings>,
    mut attributes: Attributes,
    sampling: &SamplingDecision,
    enclosing: impl Fn() -> I,
    started_at: Option<SystemTime>,
    [began, ended]: [Time; 2],
) -> Option<Root> {
    if !ends_task(&attributes) {
        return None;
    }
    let task_uuid = attributes.task_uuid?;
    let realm = settings.realm;
    let mut sampled_by = None;
    if !sampling.is_sampled {
        // An unsampled task has a root for its errors, for slow work, and for spans that were sampled before the rate changed.
        let has_failed = attributes.to_state.as_deref() == Some("error") && sampling.keep_errors;
        let task = cache::task(realm, task_uuid).unwrap_or_default();
        let by = task.sampled_by().max(has_failed.then_some(SampledBy::Error));
        let is_needed = has_failed || task.needs_root();
        let is_slow = || {
            let started = started(task.started_at().or(started_at), task.first_seen(), began);
            let [started, ended] = [started, ended].map(|time| nanos(time, clock::wall()));
            sampling.slower_than.is_reached_by_nanos(started, ended)
        };
        if !is_needed && (sampling.slower_than.is_off() || !is_slow()) {
            return None;
        }
        if let Some(driver) = enclosing().find(|span| is_driver(span, task_uuid)) {
            // Its own end tells whether the driver was slow.
            if is_needed {
                want(driver, by.unwrap_or(SampledBy::Error));
            }
            return None;
        }
        sampled_by = Some(by.unwrap_or(SampledBy::Slow)).filter(|_| !task.has_exported_span());
    } else if enclosing().any(|span| is_open_driver(span, task_uuid)) {
        // The claim of a driver is in the cache, but not for ever.
        return None;
    }
    let (is_due, known_start, first_seen) = cache::update_task(realm, task_uuid, |task| {
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
    let reason = match sampled_by {
        Some(by) => SampleReason::AtEnd(by),
        None if sampling.is_sampled => SampleReason::at_start(decide::of_root(&settings, task_uuid)),
        None => SampleReason::Always,
    };
    is_due.then_some(Root {
        settings,
        attributes,
        started: started(known_start.or(started_at), first_seen, began),
        ended: None,
        reason,
    })
}

/// Whether a transition with these states ends its task. A task that had ended before, as one in error that is resolved by
/// hand, has its root from then.
pub(super) fn ends_task(attributes: &Attributes) -> bool {
    let is_terminal = |state: Option<&str>| state.is_some_and(state::is_terminal);
    is_terminal(attributes.to_state.as_deref()) && !is_terminal(attributes.from_state.as_deref())
}

/// When the task started: as one of its subjects knows, or when this process first met it. `began`: the start of the
/// transition.
pub(super) fn started(known_start: Option<SystemTime>, first_seen: Option<Instant>, began: Time) -> Time {
    let wall = clock::wall();
    // The transition's own is in the cache too. One that no code ran may be earlier.
    let first_seen = first_seen
        .map(Time::Clock)
        .filter(|seen| nanos(*seen, wall) <= nanos(began, wall));
    let first_seen = first_seen.unwrap_or(began);
    // What creates a task begins before its row.
    let known_start = known_start.map(Time::from);
    let known_start = known_start.filter(|started| nanos(*started, wall) <= nanos(first_seen, wall));
    known_start.unwrap_or(first_seen)
}

pub(super) fn nanos(time: Time, wall: Wall) -> u64 {
    match time {
        Time::Clock(instant) => wall.at(instant),
        Time::Unix(nanos) => nanos,
    }
}

impl Root {
    pub(super) fn emit(self) {
        let Some(task_uuid) = self.attributes.task_uuid else {
            return;
        };
        stats::ROOTS_EMITTED.add_one();
        if let SampleReason::AtEnd(by) = self.reason {
            stats::count_sampled_by(by);
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
            ended: self.ended.unwrap_or_else(|| Time::Clock(clock::now())),
            end: End::Returned,
            reason: self.reason,
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
