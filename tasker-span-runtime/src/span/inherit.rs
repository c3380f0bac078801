//! Where a span's missing attributes come from: the enclosing span, then the identity cache. What contradicts
//! them is in `conflict`.

use uuid::Uuid;

use super::conflict::{self, Conflicts, differ};
use super::creation::{self, Placement};
use super::local::LocalSpan;
use crate::catalogue::attributes::{Attributes, Text, fill};
use crate::catalogue::place::Place;
use crate::catalogue::site::{Role, Site};
use crate::catalogue::{Attribute, Family};
use crate::clock::Instant;
use crate::identity::cache::{self, StepEntry, TaskEntry};
use crate::identity::intern::Interned;
use crate::stats;

/// Completes the attributes that the arguments supplied. Arguments win over the enclosing span where they disagree on a task.
/// Returns whether every required attribute has a value.
#[inline]
pub(super) fn complete(site: &Site, own: &mut Attributes, enclosing: Option<&LocalSpan>, realm: u128) -> bool {
    match enclosing {
        Some(enclosing) => source(enclosing).with_known(|known| complete_from(site, own, Some(known), realm)),
        None => complete_from(site, own, None, realm),
    }
}

/// The span that knows the task: of a function that creates it, one inside may, or one around.
#[inline]
fn source(enclosing: &LocalSpan) -> &LocalSpan {
    if enclosing.is_taskless
        && let Placement::OfTask(_, knows) = creation::placement(enclosing)
    {
        return knows;
    }
    enclosing
}

fn complete_from(site: &Site, own: &mut Attributes, enclosing: Option<&Attributes>, realm: u128) -> bool {
    if own.task_uuid.is_none() && site.late().contains(&Attribute::TaskUuid) {
        // A step that is known tells it.
        own.task_uuid = own.step_uuid.and_then(|step| cache::step(realm, step)?.task_uuid());
    }
    let task_is_late = own.task_uuid.is_none() && site.is_only_late(Attribute::TaskUuid);
    if own.task_uuid.is_none() && !task_is_late {
        // The step tells which task it belongs to; the enclosing span's task is only probable.
        let is_same_step =
            enclosing.is_some_and(|enclosing| enclosing.step_uuid == own.step_uuid && enclosing.task_uuid.is_some());
        let step = own
            .step_uuid
            .filter(|_| !is_same_step)
            .and_then(|step| cache::step(realm, step));
        let cached = step.and_then(|step| step.task_uuid());
        own.task_uuid = cached.or(enclosing.and_then(|enclosing| enclosing.task_uuid));
    }
    if let Some(enclosing) = enclosing {
        if !task_is_late && own.task_uuid == enclosing.task_uuid {
            inherit(site, own, enclosing);
        } else if enclosing.task_uuid.is_none() {
            // In a function that creates a task there is no task yet to disagree with, unless this one is known.
            look_up(site, own, realm);
            inherit(site, own, enclosing);
        }
    }
    let missing = site.required_bits() & !own.present();
    if missing & !site.late_bits() == 0 {
        return missing == 0;
    }
    look_up(site, own, realm);
    site.required_bits() & !own.present() == 0
}

fn inherit(site: &Site, own: &mut Attributes, enclosing: &Attributes) {
    let wants = |attribute| !site.is_only_late(attribute);
    own.from_message |= enclosing.from_message & !own.present() & !site.late_bits();
    if wants(Attribute::CorrelationId) {
        fill(&mut own.correlation_id, enclosing.correlation_id.as_ref());
    }
    if wants(Attribute::Namespace) {
        fill(&mut own.namespace, enclosing.namespace.as_ref());
    }
    if site.family() == Family::Step && wants(Attribute::StepUuid) {
        fill(&mut own.step_uuid, enclosing.step_uuid.as_ref());
    }
    if own.step_uuid == enclosing.step_uuid && wants(Attribute::HandlerName) {
        fill(&mut own.handler_name, enclosing.handler_name.as_ref());
    }
    if enclosing.step_name.is_some() && own.step_uuid == enclosing.step_uuid {
        fill(&mut own.step_name, enclosing.step_name.as_ref());
    }
    let passes_states = |place: &Place| place.is_of_custom && place.name == "task.state_transition";
    if site.places().iter().any(passes_states) {
        fill(&mut own.from_state, enclosing.from_state.as_ref());
        fill(&mut own.to_state, enclosing.to_state.as_ref());
    }
}

/// Whether the span lacks something that a message may tell of its task.
#[inline]
pub(super) fn lacks_of_message(site: &Site, own: &Attributes) -> bool {
    const OF_MESSAGE: u16 = 1 << Attribute::CorrelationId as u16 | 1 << Attribute::Namespace as u16;
    OF_MESSAGE & site.required_bits() & !site.late_bits() & !own.present() != 0
}

/// Looks up what a message told meanwhile. Returns whether every required attribute has a value.
pub(super) fn complete_from_message(site: &Site, own: &mut Attributes, realm: u128) -> bool {
    look_up(site, own, realm);
    site.required_bits() & !own.present() == 0
}

/// Looks up what is required and not late in the identity cache.
fn look_up(site: &Site, own: &mut Attributes, realm: u128) {
    // A step's handler is worth knowing wherever its spans are looked up anyway.
    let handler = (site.family() == Family::Step).then_some(Attribute::HandlerName);
    let wanted = site
        .required()
        .chain(handler)
        .filter(|attribute| !site.is_only_late(*attribute));
    look_up_each(wanted, own, realm);
}

/// Completes the attributes of a span whose task is known only when it has ended.
pub(super) fn complete_ended(site: &Site, own: &mut Attributes, realm: u128, has_succeeded: bool) {
    look_up(site, own, realm);
    if has_succeeded {
        look_up_late(site, own, realm);
    }
}

/// Takes what a task's spans have in common.
pub(super) fn fill_identity(own: &mut Attributes, from: &Attributes) {
    fill(&mut own.task_uuid, from.task_uuid.as_ref());
    fill(&mut own.correlation_id, from.correlation_id.as_ref());
    fill(&mut own.namespace, from.namespace.as_ref());
}

/// Looks up what was to come late.
pub(super) fn look_up_late(site: &Site, own: &mut Attributes, realm: u128) {
    look_up_each(site.late().iter().copied(), own, realm);
}

fn look_up_each(attributes: impl Iterator<Item = Attribute>, own: &mut Attributes, realm: u128) {
    let step = own.step_uuid.and_then(|step| cache::step(realm, step));
    let task = own.task_uuid.and_then(|task| cache::task(realm, task));
    for attribute in attributes {
        if own.get(attribute).is_some() {
            continue;
        }
        match attribute {
            Attribute::CorrelationId => {
                own.correlation_id = task
                    .and_then(|task| task.correlation_id())
                    .or(step.and_then(|step| step.correlation_id()));
                if task.is_some_and(|task| task.has_correlation_id_of_message()) {
                    own.note_from_message(attribute);
                }
            }
            Attribute::Namespace => {
                // A step's own namespace is nearer than its task's.
                let of_step = step.and_then(|step| step.namespace);
                let namespace = of_step.or(task.and_then(|task| task.namespace));
                own.namespace = namespace.map(Interned::text);
                if of_step.is_none() && task.is_some_and(|task| task.has_namespace_of_message()) {
                    own.note_from_message(attribute);
                }
            }
            Attribute::HandlerName => own.handler_name = step.and_then(|step| step.handler_name).map(Interned::text),
            _ => {}
        }
        if own.get(attribute).is_some() {
            stats::IDENTITY_CACHE_HITS.add_one();
        }
    }
    // It is not required: a span that lacks nothing is not looked up for it.
    if own.step_name.is_none() {
        own.step_name = step.and_then(|step| step.step_name).map(Interned::text);
    }
}

/// Inserts what the span knows into the cache, for spans that lost the enclosing span; unless that one has inserted it.
/// Returns what contradicts the cache or the enclosing span.
pub(super) fn insert(span: &LocalSpan, realm: u128) -> Conflicts {
    let own = &span.record.attributes;
    let differing = conflict::from_enclosing(span);
    let is_inserted = matches!(span.site.role(), Role::Handler | Role::Other)
        && span.is_same_task
        && span.is_same_step
        && span.started_at.is_none()
        && differing == conflict::NONE
        && span.enclosing.as_deref().is_some_and(|enclosing| {
            enclosing.site.family() == span.site.family()
                && knows_all(&enclosing.record.attributes, own)
                && enclosing.sampling.is_sampled >= span.sampling.is_sampled
        });
    // Of an unsampled execution, its step's entry tells the task.
    let is_in_step = span.site.role() == Role::Execution && !span.sampling.is_sampled && own.step_uuid.is_some();
    let conflicts = if differing == conflict::NONE {
        conflict::NONE
    } else {
        conflict::with_enclosing(span, differing, realm)
    };
    if is_inserted || is_in_step {
        return conflicts;
    }
    conflicts | insert_known(span, own, realm)
}

/// Whether `known` has all that the cache would take from `own`.
#[inline]
fn knows_all(known: &Attributes, own: &Attributes) -> bool {
    known.from_message & !own.from_message == 0
        && known.correlation_id.is_some() >= own.correlation_id.is_some()
        && known.namespace.is_some() >= own.namespace.is_some()
        && known.handler_name.is_some() >= own.handler_name.is_some()
        && known.step_name.is_some() >= own.step_name.is_some()
        && known.parent_correlation_id.is_some() >= own.parent_correlation_id.is_some()
        && known.task_name.is_some() >= own.task_name.is_some()
        && known.priority.is_some() >= own.priority.is_some()
}

/// Returns what contradicts the cache.
pub(super) fn insert_known(span: &LocalSpan, known: &Attributes, realm: u128) -> Conflicts {
    let mut conflicts = conflict::NONE;
    if let Some(task_uuid) = known.task_uuid {
        let is_task = span.site.family() == Family::Task;
        let is_exported = span.is_exported() && span.settings.is_some();
        conflicts |= cache::update_task(realm, task_uuid, |task| {
            let conflicts = fill_task(task, known, is_task, span.started);
            if let Some(started_at) = span.started_at {
                task.note_started_at(started_at);
            }
            if is_exported {
                task.note_exported_span();
            }
            conflicts
        });
    }
    // An execution is inserted with the claim of its id.
    if let Some(step_uuid) = known.step_uuid.filter(|_| span.site.role() != Role::Execution) {
        conflicts |= cache::update_step(realm, step_uuid, |step| fill_step(step, known));
    }
    conflicts
}

pub(super) fn fill_task(task: &mut TaskEntry, known: &Attributes, is_task: bool, now: Instant) -> Conflicts {
    let (correlation_id, namespace) = own_values(known);
    let mut conflicts = differ(Attribute::CorrelationId, task.fill_correlation_id(correlation_id))
        | differ(
            Attribute::ParentCorrelationId,
            task.fill_parent_correlation_id(known.parent_correlation_id),
        );
    fill_text(&mut task.task_name, known.task_name.as_ref());
    task.fill_priority(known.priority);
    // A step's span may have a namespace of its own.
    if is_task {
        conflicts |= differ(Attribute::Namespace, task.fill_namespace(namespace));
    }
    if known.from_message != 0 {
        let said = |attribute| known.is_from_message(attribute);
        let correlation_id = known.correlation_id.filter(|_| said(Attribute::CorrelationId));
        let namespace = known.namespace.as_ref().filter(|_| said(Attribute::Namespace));
        task.fill_from_message(correlation_id, namespace.and_then(Text::interned));
    }
    task.note_seen(now);
    conflicts
}

/// The values that did not come from a message.
#[inline]
fn own_values(known: &Attributes) -> (Option<Uuid>, Option<&Text>) {
    let is_own = |attribute| !known.is_from_message(attribute);
    (
        known.correlation_id.filter(|_| is_own(Attribute::CorrelationId)),
        known.namespace.as_ref().filter(|_| is_own(Attribute::Namespace)),
    )
}

/// A step may run in other namespaces than its task's, and by another handler after a deployment.
pub(super) fn fill_step(step: &mut StepEntry, known: &Attributes) -> Conflicts {
    let (correlation_id, namespace) = own_values(known);
    let is_of_other_task = step.fill_task_uuid(known.task_uuid);
    // The correlation_id of another task contradicts nothing.
    let differs = step.fill_correlation_id(correlation_id) && !is_of_other_task;
    let conflicts = differ(Attribute::TaskUuid, is_of_other_task) | differ(Attribute::CorrelationId, differs);
    fill_text(&mut step.namespace, namespace);
    fill_text(&mut step.handler_name, known.handler_name.as_ref());
    fill_text(&mut step.step_name, known.step_name.as_ref());
    conflicts
}

/// Fills an empty slot: the first text wins. Returns whether the slot has another one.
#[inline]
fn fill_text(slot: &mut Option<Interned>, text: Option<&Text>) -> bool {
    let Some(text) = text else { return false };
    if slot.is_none() {
        *slot = text.interned();
        return false;
    }
    text.interned() != *slot
}
