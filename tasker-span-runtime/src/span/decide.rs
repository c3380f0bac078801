//! The sampling decision about a span, when it starts: that of the enclosing span where it is about the same work, otherwise
//! by rates. The arithmetic is in `sampling`.

use uuid::Uuid;

use super::foreign::caller;
use super::local::LocalSpan;
use super::sampling_decision::SamplingDecision;
use super::settings::Settings;
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::{Role, Site};
use crate::catalogue::{Attribute, Family};
use crate::identity::{self, cache};
use crate::sampling::{self, Decision, Namespace, Rates, SlowerThan};

#[inline]
pub(super) fn decide(span: &LocalSpan, realm: u128) -> SamplingDecision {
    let own = &span.record.attributes;
    if own.task_uuid.is_none() && (span.site.late().contains(&Attribute::TaskUuid) || own.step_uuid.is_none()) {
        return as_caller(span);
    }
    // Nothing has ever been unsampled in this process.
    if !sampling::is_active() {
        return SamplingDecision::SAMPLED;
    }
    if let Some(inherited) = span
        .enclosing
        .as_deref()
        .and_then(|enclosing| inherited(span, enclosing))
    {
        return if inherited.is_sampled {
            inherited
        } else {
            of_unsampled(span, inherited)
        };
    }
    span.with_rates(|rates| by_rates(span, rates, realm))
}

/// The decision about the enclosing span, if it holds for what is inside too.
fn inherited(span: &LocalSpan, enclosing: &LocalSpan) -> Option<SamplingDecision> {
    let own = &span.record.attributes;
    // What began without its task was decided without it.
    if own.task_uuid.is_some() && (!span.is_same_task || enclosing.is_taskless) {
        return None;
    }
    let is_same_step = span.site.family() == Family::Step && (own.step_uuid.is_none() || span.is_same_step);
    let decision = enclosing.sampling;
    let holds = if decision.is_sampled {
        // Its parent is a span of the step that was sampled.
        is_same_step && enclosing.site.family() == Family::Step && enclosing.is_exported()
    } else {
        decision.level == Family::Task || is_same_step
    };
    holds.then_some(decision)
}

/// The decision about a span inside of an unsampled one. An execution that is unsampled with its task is counted with its
/// namespace. The enclosing span has the duration already if it is of the same step and handler.
fn of_unsampled(span: &LocalSpan, mut inherited: SamplingDecision) -> SamplingDecision {
    let own = &span.record.attributes;
    let is_counted = span.site.role() == Role::Execution && own.step_uuid.is_some();
    let has_own_duration = sampling::samples_slow() && !has_same_handler(span);
    if is_counted || has_own_duration {
        span.with_rates(|rates| {
            if has_own_duration {
                inherited.slower_than = slower_than(own, rates);
            }
            if is_counted {
                let namespace = rates.namespace(own.namespace.as_ref());
                namespace.count(false);
                inherited.namespace = Some(namespace);
            }
        });
    }
    inherited
}

/// Whether the enclosing span is of the same step, and of no other handler.
fn has_same_handler(span: &LocalSpan) -> bool {
    let own = &span.record.attributes;
    let of_enclosing = |enclosing: &LocalSpan| enclosing.record.attributes.handler_name == own.handler_name;
    own.step_uuid.is_some()
        && span.is_same_step
        && (own.handler_name.is_none() || span.enclosing.as_deref().is_some_and(of_enclosing))
}

/// The duration from which a span with these attributes is exported.
pub(super) fn slower_than(own: &Attributes, rates: &Rates) -> SlowerThan {
    rates.slower_than(own.namespace.as_ref(), own.handler_name.as_ref())
}

/// The duration from which a span is exported whose decision was not known at its start.
pub(super) fn slower_than_once_known(span: &LocalSpan) -> SlowerThan {
    span.with_known(|known| span.with_rates(|rates| slower_than(known, rates)))
}

/// The decision about a span whose task is not known yet: it stays in its caller's trace, with its caller's decision.
fn as_caller(span: &LocalSpan) -> SamplingDecision {
    let enclosing = span.enclosing.as_deref();
    match caller(span.enclosing.as_ref()) {
        Some(caller) if caller.is_sampled() => SamplingDecision::SAMPLED,
        Some(_) => span.with_rates(|rates| unsampled(Family::Task, None, &span.record.attributes, rates)),
        None => match enclosing {
            Some(enclosing) => enclosing.sampling,
            None if !sampling::is_active() => SamplingDecision::SAMPLED,
            // A trace of its own, whose id is random: so is the decision.
            None => span.with_rates(|rates| {
                of_task(
                    rates.decide_task(super::random::trace_id),
                    &span.record.attributes,
                    rates,
                )
            }),
        },
    }
}

fn by_rates(span: &LocalSpan, rates: &Rates, realm: u128) -> SamplingDecision {
    let (site, own) = (span.site, &span.record.attributes);
    let is_execution = site.role() == Role::Execution;
    // Of another process's execution the rate tells; of this one's, which may have started under another rate, the cache does.
    let is_of_unsampled = |step_uuid| {
        site.family() == Family::Step && {
            let (entry, number) = own.slot(step_uuid);
            cache::step(realm, entry).is_some_and(|step| step.unsampled.covers(number))
        }
    };
    if !is_execution && own.step_uuid.is_some_and(is_of_unsampled) {
        return unsampled(Family::Step, None, own, rates);
    }
    let Some(task_uuid) = own.task_uuid else {
        return as_caller(span);
    };
    let task = rates.decide_task(|| identity::trace_id(task_uuid));
    let (Family::Step, Some(step_uuid)) = (site.family(), own.step_uuid) else {
        return of_task(task, own, rates);
    };
    let (sampled, namespace) = rates.sample_step(&task, step_uuid, own.namespace.as_ref());
    // Spans that lost their step's span decide for themselves, and are not counted.
    if is_execution {
        namespace.count(sampled.is_some());
    }
    match sampled {
        Some(decision) => of_sampled(decision),
        None => unsampled(
            if task.sampled { Family::Step } else { Family::Task },
            Some(namespace),
            own,
            rates,
        ),
    }
}

fn of_task(task: Decision, own: &Attributes, rates: &Rates) -> SamplingDecision {
    if task.sampled {
        of_sampled(task)
    } else {
        unsampled(Family::Task, None, own, rates)
    }
}

fn of_sampled(decision: Decision) -> SamplingDecision {
    SamplingDecision {
        decision: (!decision.is_certain()).then_some(decision),
        ..SamplingDecision::SAMPLED
    }
}

fn unsampled(level: Family, namespace: Option<Namespace>, own: &Attributes, rates: &Rates) -> SamplingDecision {
    SamplingDecision {
        is_sampled: false,
        level,
        keep_errors: rates.keeps_errors(),
        slower_than: slower_than(own, rates),
        namespace,
        decision: None,
    }
}

/// The decision about a span that began without its task, and the probability if it is below 1.
pub(super) fn once_known(span: &LocalSpan, site: &Site, known: &Attributes) -> (bool, Option<Decision>) {
    let Some(task_uuid) = known.task_uuid.filter(|_| sampling::is_active()) else {
        return (true, None);
    };
    let decision = span.with_rates(|rates| {
        let task = rates.decide_task(|| identity::trace_id(task_uuid));
        match known.step_uuid.filter(|_| site.family() == Family::Step) {
            Some(step_uuid) => rates.decide_step(&task, step_uuid, known.namespace.as_ref()).0,
            None => task,
        }
    });
    (
        decision.sampled,
        of_sampled(decision).decision.filter(|_| decision.sampled),
    )
}

/// The decision about the span of an attempt whose process is gone.
pub(super) fn of_lost_attempt(
    settings: &Settings,
    task_uuid: Uuid,
    step_uuid: Uuid,
    own: &Attributes,
) -> SamplingDecision {
    if !sampling::is_active() {
        return SamplingDecision::SAMPLED;
    }
    settings.with_rates(|rates| {
        let task = rates.decide_task(|| identity::trace_id(task_uuid));
        let (step, namespace) = rates.decide_step(&task, step_uuid, own.namespace.as_ref());
        if step.sampled {
            return of_sampled(step);
        }
        unsampled(
            if task.sampled { Family::Step } else { Family::Task },
            Some(namespace),
            own,
            rates,
        )
    })
}

/// The decision about a transition of the task that no code ran.
pub(super) fn of_recorded_transition(settings: &Settings, task_uuid: Uuid, own: &Attributes) -> SamplingDecision {
    if !sampling::is_active() {
        return SamplingDecision::SAMPLED;
    }
    settings.with_rates(|rates| of_task(rates.decide_task(|| identity::trace_id(task_uuid)), own, rates))
}

/// The decision about a task of this process that is open.
pub(super) fn of_open_task(task_uuid: Uuid, own: &Attributes) -> SamplingDecision {
    if !sampling::is_active() {
        return SamplingDecision::SAMPLED;
    }
    sampling::with_rates(|rates| of_task(rates.decide_task(|| identity::trace_id(task_uuid)), own, rates))
}

/// What the root's `tracestate` tells: nothing if the rate has changed since the transition started.
pub(super) fn of_root(settings: &Settings, task_uuid: Uuid) -> Option<Decision> {
    if !sampling::is_active() {
        return None;
    }
    let decision = settings.with_rates(|rates| rates.decide_task(|| identity::trace_id(task_uuid)));
    (decision.sampled && !decision.is_certain()).then_some(decision)
}
