//! What is measured of spans, sampled or not, where they end. The histograms are in `durations`.
//!
//! A span that is not in the trace because a filter keeps it out, or because its subscriber lacks the layer, is not measured.

use std::time::SystemTime;

use uuid::Uuid;

use super::inherit;
use super::local::LocalSpan;
use super::root;
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::{Role, Site};
use crate::clock::Instant;
use crate::durations::{self, Label, Measured, Measurement, OutcomeLabel};
use crate::identity::cache;
use crate::record::{End, PANIC, TASK_ERROR, Time, WORKER_LOST};

/// What the spans of a call site are measured as.
#[inline]
fn measured(site: &Site) -> Option<Measured> {
    match site.role() {
        Role::Execution => Some(Measured::Step),
        Role::Handler => Some(Measured::Handler),
        // A task ends once. It is measured elsewhere.
        Role::Root | Role::Transition | Role::Other => None,
    }
}

/// Whether the time of a span's message in its queue is measured.
#[inline]
pub(super) fn has_queue_time(site: &Site) -> bool {
    durations::is_on() && site.role() == Role::Execution
}

/// Whether the duration of a step or a handler is measured.
#[inline]
pub(super) fn has_duration(span: &LocalSpan) -> bool {
    durations::is_on() && measured(span.site).is_some()
}

/// The duration of a span that succeeded.
#[inline]
pub(super) fn success(span: &LocalSpan, ended: Instant) -> Option<Measurement> {
    let measured = measured(span.site).filter(|_| span.may_be_exported())?;
    Some(of_span(measured, span, OutcomeLabel::Success, Label::ABSENT, ended))
}

/// Measures the span, or the task if that has ended with it.
pub(super) fn end(span: &LocalSpan, ended: Instant, end: &End, is_judged: bool) {
    if !durations::is_on() || !span.may_be_exported() {
        return;
    }
    let (outcome, error_type) = outcome(end, is_judged);
    if let Some(measured) = measured(span.site) {
        durations::record(of_span(measured, span, outcome, error_type, ended));
    } else if span.site.role() == Role::Root {
        span.with_known(|known| driver(span, known, outcome, error_type, ended));
    } else if span.site.role() == Role::Transition && outcome == OutcomeLabel::Success {
        let times = [Time::Clock(span.started), Time::Clock(ended)];
        span.with_known(|known| transition(span.realm(), known, span.started_at, times));
    }
}

fn outcome(end: &End, is_judged: bool) -> (OutcomeLabel, Label) {
    match end {
        End::Returned if is_judged => (OutcomeLabel::Success, Label::ABSENT),
        End::Returned => (OutcomeLabel::Unknown, Label::ABSENT),
        End::Failed(failure) => (OutcomeLabel::Error, Label::of_error_type(failure.error_type())),
        End::Panicked => (OutcomeLabel::Error, Label::of_error_type(PANIC)),
        End::Cancelled => (OutcomeLabel::Cancelled, Label::ABSENT),
    }
}

#[inline]
fn of_span(
    measured: Measured,
    span: &LocalSpan,
    outcome: OutcomeLabel,
    error_type: Label,
    ended: Instant,
) -> Measurement {
    let [namespace, handler_name] = names(span);
    let times = [Time::Clock(span.started), Time::Clock(ended)];
    Measurement::new(measured, outcome, [namespace, handler_name, error_type], times)
}

/// The namespace and the handler.
#[inline]
fn names(span: &LocalSpan) -> [Label; 2] {
    let own = &span.record.attributes;
    if own.namespace.is_some() && own.handler_name.is_some() {
        labels_of_step(own)
    } else {
        late_names(span)
    }
}

#[inline]
fn labels_of_step(own: &Attributes) -> [Label; 2] {
    [&own.namespace, &own.handler_name].map(|name| Label::of(name.as_ref()))
}

/// A span that is sampled gets what it lacks in the same way.
#[cold]
fn late_names(span: &LocalSpan) -> [Label; 2] {
    let mut known = span.known();
    inherit::complete(span.site, &mut known, span.enclosing.as_deref(), span.realm());
    labels_of_step(&known)
}

/// Measures how long the message of an execution waited.
pub(super) fn queue_time(span: &LocalSpan) {
    let [namespace, handler_name] = names(span);
    durations::record(Measurement::new(
        Measured::QueueTime,
        OutcomeLabel::Absent,
        [namespace, handler_name, Label::ABSENT],
        [Time::Unix(span.enqueued_at), Time::Clock(span.started)],
    ));
}

/// Measures an attempt whose worker was lost.
pub(super) fn lost_attempt(own: &Attributes, times: [SystemTime; 2]) {
    if durations::is_on() {
        let [namespace, handler_name] = labels_of_step(own);
        durations::record(Measurement::new(
            Measured::Step,
            OutcomeLabel::Lost,
            [namespace, handler_name, Label::of_error_type(WORKER_LOST)],
            times.map(Time::from),
        ));
    }
}

/// Measures the task that a transition ended, unless this process has done so. `times`: of the transition.
pub(super) fn transition(realm: u128, own: &Attributes, started_at: Option<SystemTime>, [began, ended]: [Time; 2]) {
    let Some(task_uuid) = own.task_uuid.filter(|_| durations::is_on() && root::ends_task(own)) else {
        return;
    };
    let (outcome, error_type) = match own.to_state.as_deref() {
        Some("error") => (OutcomeLabel::Error, Label::of_error_type(TASK_ERROR)),
        Some("cancelled") => (OutcomeLabel::Cancelled, Label::ABSENT),
        Some("resolved_manually") => (OutcomeLabel::ResolvedManually, Label::ABSENT),
        _ => (OutcomeLabel::Success, Label::ABSENT),
    };
    task(realm, task_uuid, own, outcome, error_type, |known_start, first_seen| {
        let started = root::started(known_start.or(started_at), first_seen, began);
        [started, ended]
    });
}

/// Measures the task of a driver whose end no transition has told.
fn driver(span: &LocalSpan, own: &Attributes, outcome: OutcomeLabel, error_type: Label, ended: Instant) {
    if let Some(task_uuid) = own.task_uuid {
        task(span.realm(), task_uuid, own, outcome, error_type, |_, _| {
            [Time::Clock(span.started), Time::Clock(ended)]
        });
    }
}

fn task(
    realm: u128,
    task_uuid: Uuid,
    own: &Attributes,
    outcome: OutcomeLabel,
    error_type: Label,
    times: impl FnOnce(Option<SystemTime>, Option<Instant>) -> [Time; 2],
) {
    let (is_first, task) = cache::update_task(realm, task_uuid, |task| (task.claim_duration(), *task));
    if !is_first {
        return;
    }
    let namespace = task
        .namespace
        .map_or_else(|| Label::of(own.namespace.as_ref()), Label::from);
    let name = task
        .task_name
        .map_or_else(|| Label::of(own.task_name.as_ref()), Label::from);
    let times = times(task.started_at(), task.first_seen());
    durations::record(Measurement::new(
        Measured::Task,
        outcome,
        [namespace, name, error_type],
        times,
    ));
}
