//! Whether a span is kept: decided before anything of it is built, and with the scope around it where that is about the
//! same work.

use uuid::Uuid;

use crate::attributes::Attributes;
use crate::catalogue::{Attribute, Family};
use crate::dropped::{self, DropDecision};
use crate::dropped_steps;
use crate::identity;
use crate::recording::Kept;
use crate::resolve;
use crate::sampling::{self, Decision, Namespace, Rates};
use crate::scope::{self, Frame};
use crate::site::{Role, Site};
use crate::start::Collected;

/// What becomes of a span.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is recorded; without a reason where nothing is sampled, and the provider's sampler is asked.
    Keep(Option<Kept>),
    Drop(DropDecision),
}

impl Collected {
    /// Whether the span is kept, for whoever needs to know before it begins.
    pub(crate) fn is_kept(&mut self) -> bool {
        let verdict = self.verdict();
        matches!(self.verdict.insert(verdict), Verdict::Keep(_))
    }

    #[inline]
    pub(crate) fn verdict(&mut self) -> Verdict {
        if let Some(verdict) = self.verdict.take() {
            return verdict;
        }
        self.nil += self.attributes.remove_empty();
        // Nothing has ever been dropped in this process.
        if !sampling::is_active() {
            return Verdict::Keep(None);
        }
        match scope::innermost(|around| with_parent(self.site, &self.attributes, around)).flatten() {
            Some(Verdict::Drop(mut drop)) => {
                drop.namespace = note_dropped_execution(self.site, &self.attributes).or(drop.namespace);
                Verdict::Drop(drop)
            }
            Some(verdict) => verdict,
            None => sampling::with_rates(|rates| by_rate(self, rates)),
        }
    }
}

/// Of an execution that is dropped with its task: where its step is counted.
fn note_dropped_execution(site: &Site, own: &Attributes) -> Option<Namespace> {
    let step_uuid = own.step_uuid.filter(|_| site.role() == Role::Execution)?;
    dropped_steps::insert(step_uuid, own);
    let namespace = sampling::with_rates(|rates| rates.namespace(own.namespace.as_deref()));
    namespace.count(false);
    Some(namespace)
}

/// The verdict on the scope around, where it holds for what is inside too.
fn with_parent(site: &Site, own: &Attributes, around: &Frame) -> Option<Verdict> {
    let is_same = |own: Option<Uuid>, around: Option<Uuid>| own.is_none() || own == around;
    let (task, step) = around.identity();
    if !is_same(own.task_uuid, task) || (own.task_uuid.is_none() && own.step_uuid.is_some() && own.step_uuid != step) {
        return None;
    }
    let is_same_step = site.family() == Family::Step && is_same(own.step_uuid, step);
    match around.dropped() {
        Some(dropped) if dropped.level == Family::Task || is_same_step => Some(Verdict::Drop(DropDecision {
            task_uuid: task,
            step_uuid: own.step_uuid.or(step),
            ..dropped
        })),
        // Its parent, by the catalogue or by its place, is a span of the step that was kept.
        None if is_same_step && around.is_kept_step() => Some(Verdict::Keep(Some(Kept::WithParent))),
        _ => None,
    }
}

fn by_rate(collected: &mut Collected, rates: &Rates) -> Verdict {
    let (site, own) = (collected.site, &mut collected.attributes);
    if own.task_uuid.is_none() && site.late().contains(&Attribute::TaskUuid) {
        return with_caller(own);
    }
    let is_known = own.task_uuid.is_some()
        && (site.family() == Family::Task || (own.step_uuid.is_some() && own.namespace.is_some()));
    if !is_known {
        let around = scope::enclosing();
        resolve::complete(site, own, around.as_ref().map(dropped::known).as_ref());
        if own.task_uuid.is_none() {
            recall_dropped(site, own);
        }
    }
    decide(site, own, rates)
}

/// The memory of identities knows what was kept, and this is known of steps that were dropped.
fn recall_dropped(site: &Site, own: &mut Attributes) {
    if let Some((task_uuid, correlation_id)) = own.step_uuid.and_then(dropped_steps::identity) {
        own.task_uuid = Some(task_uuid);
        own.correlation_id = own.correlation_id.or(correlation_id);
        resolve::complete(site, own, None);
    }
}

/// The verdict on a span whose task nobody knows yet: it stays with its caller, and with the caller's decision.
fn with_caller(own: &Attributes) -> Verdict {
    let caller = scope::innermost(|around| {
        let dropped = around.dropped()?;
        Some(Verdict::Drop(DropDecision {
            step_uuid: own.step_uuid.or(dropped.step_uuid),
            ..dropped
        }))
    });
    caller.flatten().unwrap_or(Verdict::Keep(None))
}

fn decide(site: &Site, known: &Attributes, rates: &Rates) -> Verdict {
    let drop = |level, namespace| {
        Verdict::Drop(DropDecision {
            level,
            keeps_errors: rates.keeps_errors(),
            namespace,
            task_uuid: known.task_uuid,
            step_uuid: known.step_uuid,
        })
    };
    let is_execution = site.role() == Role::Execution;
    // Of another process's execution the rate tells; of this one's, which may have begun under another rate, this does.
    let is_of_dropped =
        |step_uuid| site.family() == Family::Step && dropped_steps::contains(step_uuid, known.attempt_number);
    if !is_execution && known.step_uuid.is_some_and(is_of_dropped) {
        return drop(Family::Step, None);
    }
    let Some(task_uuid) = known.task_uuid else {
        return with_caller(known);
    };
    let task = rates.decide_task(|| identity::trace_id(task_uuid));
    let (Family::Step, Some(step_uuid)) = (site.family(), known.step_uuid) else {
        return if task.sampled {
            keep(task)
        } else {
            drop(Family::Task, None)
        };
    };
    let (kept, namespace) = rates.sample_step(&task, step_uuid, known.namespace.as_deref());
    // The spans that have lost their step's scope decide for themselves, and count for nothing.
    if is_execution {
        namespace.count(kept.is_some());
    }
    if let Some(decision) = kept {
        if is_execution {
            dropped_steps::follow(step_uuid);
        }
        return keep(decision);
    }
    if is_execution {
        dropped_steps::insert(step_uuid, known);
    }
    let level = if task.sampled { Family::Step } else { Family::Task };
    drop(level, Some(namespace))
}

fn keep(decision: Decision) -> Verdict {
    Verdict::Keep(Some(if decision.is_certain() {
        Kept::Certain
    } else {
        Kept::Sampled(decision)
    }))
}

/// The verdict on a span that failed, of a step's execution whose process is gone.
pub(crate) fn of_lost_attempt(task_uuid: Uuid, step_uuid: Uuid, namespace: Option<&str>) -> Verdict {
    if !sampling::is_active() {
        return Verdict::Keep(None);
    }
    sampling::with_rates(|rates| {
        let task = rates.decide_task(|| identity::trace_id(task_uuid));
        let (step, namespace) = rates.decide_step(&task, step_uuid, namespace);
        if step.sampled {
            return keep(step);
        }
        Verdict::Drop(DropDecision {
            level: if task.sampled { Family::Step } else { Family::Task },
            keeps_errors: rates.keeps_errors(),
            namespace: Some(namespace),
            task_uuid: Some(task_uuid),
            step_uuid: Some(step_uuid),
        })
    })
}

/// Why the root of a task is kept whose last transition was.
pub(crate) fn of_root(task_uuid: Uuid) -> Option<Kept> {
    if !sampling::is_active() {
        return None;
    }
    sampling::with_rates(|rates| match rates.decide_task(|| identity::trace_id(task_uuid)) {
        decision if decision.is_certain() => None,
        decision if decision.sampled => Some(Kept::Sampled(decision)),
        // The rate has changed since the transition began.
        _ => Some(Kept::WithParent),
    })
}
