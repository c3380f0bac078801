//! Where a span's missing attributes come from: the enclosing scope, then the memory of identities.

use std::time::SystemTime;

use crate::attributes::{Attributes, fill};
use crate::catalogue::{Attribute, Family};
use crate::memory::{self, StepMemory};
use crate::site::Site;
use crate::stats;

/// What was found out about a span that is about to start.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    /// The enclosing scope is about the same task.
    pub(crate) same_task: bool,
    /// The function creates the task: its UUID comes later.
    pub(crate) task_is_late: bool,
    /// Required attributes that nobody knows.
    pub(crate) missing: Vec<Attribute>,
}

/// Completes the attributes that the arguments supplied, and tells what came of it. `around` is known of the enclosing scope.
pub(crate) fn resolve(site: &Site, own: &mut Attributes, around: Option<&Attributes>) -> Resolution {
    let task_is_late = own.task_uuid.is_none() && site.late().contains(&Attribute::TaskUuid);
    let same_task = complete(site, own, around);
    Resolution {
        same_task,
        task_is_late,
        missing: missing(site, own).collect(),
    }
}

/// Completes the attributes that the arguments supplied. Arguments win over the scope wherever they disagree on a task.
/// Returns whether the enclosing scope is about the same task.
pub(crate) fn complete(site: &Site, own: &mut Attributes, around: Option<&Attributes>) -> bool {
    let task_is_late = own.task_uuid.is_none() && site.late().contains(&Attribute::TaskUuid);
    let mut same_task = false;
    if own.task_uuid.is_none() && !task_is_late {
        let recalled = own.step_uuid.and_then(memory::step).and_then(|step| step.task_uuid);
        own.task_uuid = recalled.or(around.and_then(|around| around.task_uuid));
    }
    if let Some(around) = around {
        same_task = !task_is_late && own.task_uuid == around.task_uuid;
        if same_task {
            inherit(site, own, around);
        } else if around.task_uuid.is_none() {
            // Around a function that creates a task there is no task yet to disagree with, unless this one is known.
            recall(site, own);
            inherit(site, own, around);
        }
    }
    if own.is_missing_any(site) {
        recall(site, own);
    }
    same_task
}

/// Required attributes without a value, those excepted that come late.
fn missing<'a>(site: &'a Site, own: &'a Attributes) -> impl Iterator<Item = Attribute> + 'a {
    site.required()
        .filter(|attribute| own.get(*attribute).is_none() && !site.late().contains(attribute))
}

impl Attributes {
    fn is_missing_any(&self, site: &Site) -> bool {
        missing(site, self).next().is_some()
    }
}

fn inherit(site: &Site, own: &mut Attributes, around: &Attributes) {
    let wants = |attribute| !site.late().contains(&attribute);
    if wants(Attribute::CorrelationId) {
        fill(&mut own.correlation_id, around.correlation_id.as_ref());
    }
    if wants(Attribute::Namespace) {
        fill(&mut own.namespace, around.namespace.as_ref());
    }
    if site.family() == Family::Step && wants(Attribute::StepUuid) {
        fill(&mut own.step_uuid, around.step_uuid.as_ref());
    }
    if own.step_uuid == around.step_uuid && wants(Attribute::HandlerName) {
        fill(&mut own.handler_name, around.handler_name.as_ref());
    }
    if site.is_custom() && site.position() == "task.state_transition" {
        fill(&mut own.from_state, around.from_state.as_ref());
        fill(&mut own.to_state, around.to_state.as_ref());
    }
}

/// Looks into the memory of identities for what is required and not late.
fn recall(site: &Site, own: &mut Attributes) {
    recall_each(
        site.required().filter(|attribute| !site.late().contains(attribute)),
        own,
    );
}

/// Looks into the memory of identities for what was to come late.
pub(crate) fn recall_late(site: &Site, own: &mut Attributes) {
    recall_each(site.late().iter().copied(), own);
}

fn recall_each(attributes: impl Iterator<Item = Attribute>, own: &mut Attributes) {
    let step = own.step_uuid.and_then(memory::step);
    let task = own.task_uuid.and_then(memory::task);
    for attribute in attributes {
        if own.get(attribute).is_some() {
            continue;
        }
        match attribute {
            Attribute::CorrelationId => {
                fill(
                    &mut own.correlation_id,
                    task.as_ref().and_then(|task| task.correlation_id.as_ref()),
                );
                fill(
                    &mut own.correlation_id,
                    step.as_ref().and_then(|step| step.correlation_id.as_ref()),
                );
            }
            Attribute::Namespace => {
                // A step's own namespace is nearer than its task's.
                fill(
                    &mut own.namespace,
                    step.as_ref().and_then(|step| step.namespace.as_ref()),
                );
                fill(
                    &mut own.namespace,
                    task.as_ref().and_then(|task| task.namespace.as_ref()),
                );
            }
            Attribute::HandlerName => {
                fill(
                    &mut own.handler_name,
                    step.as_ref().and_then(|step| step.handler_name.as_ref()),
                );
            }
            _ => {}
        }
        if own.get(attribute).is_some() {
            stats::IDENTITY_CACHE_HITS.add_one();
        }
    }
}

/// Remembers what the span knows, for those that will have lost their scope.
pub(crate) fn remember(site: &Site, own: &Attributes, is_kept: bool) {
    remember_and(site, own, is_kept, |_| ());
}

/// The same, with what `change` does to what is known of the step; returns what it returned.
pub(crate) fn remember_and<R>(
    site: &Site,
    own: &Attributes,
    is_kept: bool,
    change: impl FnOnce(&mut StepMemory) -> R,
) -> Option<R> {
    if let Some(task_uuid) = own.task_uuid {
        memory::update_task(task_uuid, |task| {
            fill(&mut task.correlation_id, own.correlation_id.as_ref());
            fill(&mut task.parent_correlation_id, own.parent_correlation_id.as_ref());
            fill(&mut task.task_name, own.task_name.as_ref());
            fill(&mut task.priority, own.priority.as_ref());
            if site.family() == Family::Task {
                fill(&mut task.namespace, own.namespace.as_ref());
            }
            if task.first_seen.is_none() {
                task.first_seen = Some(SystemTime::now());
            }
            if is_kept {
                task.note_kept_span();
            }
        });
    }
    let step_uuid = own.step_uuid?;
    Some(memory::update_step(step_uuid, |step| {
        fill(&mut step.task_uuid, own.task_uuid.as_ref());
        fill(&mut step.correlation_id, own.correlation_id.as_ref());
        fill(&mut step.namespace, own.namespace.as_ref());
        fill(&mut step.handler_name, own.handler_name.as_ref());
        change(step)
    }))
}
