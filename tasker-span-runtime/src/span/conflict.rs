//! Conflicts: a span's ids that contradict the enclosing span, or what this process has seen first. Other violations are
//! in `violation`.

use super::local::LocalSpan;
use super::violation;
use crate::catalogue::attributes::{AttributeValue, Attributes};
use crate::catalogue::{Attribute, Family};
use crate::identity::cache;
use crate::identity::intern::Interned;
use crate::stats;

/// The attributes that contradict the identity cache, a bit each; above them those that contradict the enclosing span.
pub(super) type Conflicts = u32;

pub(super) const NONE: Conflicts = 0;

const OF_ENCLOSING: u32 = 16;

/// The bit of the attribute, if it differs.
#[inline]
pub(super) fn differ(attribute: Attribute, differs: bool) -> Conflicts {
    Conflicts::from(differs) << attribute as u16
}

/// The attributes that differ from the enclosing span of the same task.
#[inline]
pub(super) fn from_enclosing(span: &LocalSpan) -> Conflicts {
    let Some(enclosing) = span.enclosing.as_deref().filter(|_| span.is_same_task) else {
        return NONE;
    };
    let (own, other) = (&span.record.attributes, &enclosing.record.attributes);
    let mut conflicts = differ(
        Attribute::CorrelationId,
        own.correlation_id != other.correlation_id && own.correlation_id.is_some() && other.correlation_id.is_some(),
    );
    if own.parent_correlation_id.is_some() {
        let differs = own.parent_correlation_id != other.parent_correlation_id && other.parent_correlation_id.is_some();
        conflicts |= differ(Attribute::ParentCorrelationId, differs);
    }
    // A step's span may have a namespace of its own.
    if span.site.family() == Family::Task && enclosing.site.family() == Family::Task {
        let differs = own.namespace != other.namespace && own.namespace.is_some() && other.namespace.is_some();
        conflicts |= differ(Attribute::Namespace, differs);
    }
    conflicts
}

/// What contradicts the enclosing span, out of what differs from it. The cache tells which of both came first, unless it has
/// evicted the task.
#[cold]
pub(super) fn with_enclosing(span: &LocalSpan, differing: Conflicts, realm: u128) -> Conflicts {
    let own = &span.record.attributes;
    let known = cached(own, realm);
    let is_unknown = |attribute: &&Attribute| known.get(**attribute).is_none();
    let unknown = Attribute::ALL.iter().filter(is_unknown);
    let unknown = unknown.fold(NONE, |bits, attribute| bits | differ(*attribute, true));
    (differing & unknown) << OF_ENCLOSING
}

/// Notes the conflicts of a span that starts. One that is inherited from the enclosing span was noted there.
#[cold]
pub(super) fn note(span: &mut LocalSpan, conflicts: Conflicts, realm: u128) {
    if span.settings.is_some() {
        let known = Known::new(&span.record.attributes, span.enclosing.as_deref(), realm);
        let violations = known.contradictions(span.site.name(), &span.record.attributes, conflicts);
        if !violations.is_empty() {
            span.extra_mut().violations.extend(violations);
        }
    }
}

/// Notes the conflicts of an attribute that was recorded late. A late task may contradict all that the span knew before.
#[cold]
pub(super) fn note_late(span: &LocalSpan, attribute: Attribute, conflicts: Conflicts) {
    if span.settings.is_some() {
        let before = if attribute == Attribute::TaskUuid {
            !Conflicts::from(span.site.late_bits())
        } else {
            NONE
        };
        let own = span.known();
        let known = Known::new(&own, span.enclosing.as_deref(), span.realm());
        let conflicts = conflicts & (differ(attribute, true) | before);
        let violations = known.contradictions(span.site.name(), &own, conflicts);
        if !violations.is_empty() {
            span.extend(|extra| extra.violations.extend(violations));
        }
    }
}

/// Notes ids that code records late on a span which has others.
pub(super) fn note_recorded(span: &LocalSpan, recorded: &Attributes) {
    const IDS: [Attribute; 4] = [
        Attribute::CorrelationId,
        Attribute::TaskUuid,
        Attribute::StepUuid,
        Attribute::ParentCorrelationId,
    ];
    // Of a span that waits for nothing, nothing is recorded.
    if span.settings.is_none() || span.site.late().is_empty() {
        return;
    }
    let contradiction = |known: &Attributes, id: Attribute| {
        let (value, known) = (recorded.get(id)?, known.get(id)?);
        let is_nil = matches!(value, AttributeValue::Uuid(id) if id.is_nil());
        (value != known && !is_nil).then(|| {
            let (name, value, known) = (id.name(), violation::shown(value), violation::shown(known));
            format!("{} was given the {name} {value}, and has {known}", span.site.name())
        })
    };
    let violations: Vec<_> = span.with_known(|known| IDS.iter().filter_map(|id| contradiction(known, *id)).collect());
    if !violations.is_empty() {
        stats::IDENTITY_CONFLICTS.add(violations.len() as u64);
        span.extend(|extra| extra.violations.extend(violations));
    }
}

/// What a span may contradict.
pub(super) struct Known {
    /// Of the enclosing span, if it is about the same task.
    enclosing: Option<Attributes>,
    cached: Attributes,
}

impl Known {
    fn new(own: &Attributes, enclosing: Option<&LocalSpan>, realm: u128) -> Self {
        let of_task = enclosing.filter(|enclosing| enclosing.task_uuid() == own.task_uuid);
        let enclosing = of_task.map(|enclosing| {
            let mut known = enclosing.known();
            if enclosing.site.family() == Family::Step {
                known.namespace = None;
            }
            known
        });
        Self {
            enclosing,
            cached: cached(own, realm),
        }
    }

    /// What a span contradicts that no running code is in.
    pub(super) fn without_enclosing(own: &Attributes, realm: u128) -> Self {
        Self::new(own, None, realm)
    }

    /// Counts the conflicts, and returns violations that name both values.
    pub(super) fn contradictions(&self, span: &str, own: &Attributes, conflicts: Conflicts) -> Vec<String> {
        let violation = |attribute: Attribute| {
            let value = own.get(attribute)?;
            let of_enclosing = self.enclosing.as_ref().and_then(|known| known.get(attribute));
            if of_enclosing == Some(value) {
                return None;
            }
            let of_enclosing = of_enclosing.filter(|_| conflicts & differ(attribute, true) << OF_ENCLOSING != 0);
            let of_cache = self.cached.get(attribute).filter(|cached| *cached != value);
            let other = of_enclosing.or(of_cache)?;
            Some(contradiction(span, attribute, value, other))
        };
        let conflicts = Attribute::ALL
            .iter()
            .filter(|attribute| (conflicts | conflicts >> OF_ENCLOSING) & differ(**attribute, true) != 0);
        let violations: Vec<_> = conflicts.filter_map(|attribute| violation(*attribute)).collect();
        stats::IDENTITY_CONFLICTS.add(violations.len() as u64);
        violations
    }
}

/// What the identity cache knows of the span's task and step.
fn cached(own: &Attributes, realm: u128) -> Attributes {
    let step = own.step_uuid.and_then(|step| cache::step(realm, step));
    let task = own.task_uuid.and_then(|task| cache::task(realm, task));
    let of_step = step.and_then(|step| step.correlation_id());
    let of_task = task.and_then(|task| task.correlation_id());
    Attributes {
        task_uuid: step.and_then(|step| step.task_uuid()),
        // The task's, unless only the step's differs.
        correlation_id: of_task
            .filter(|id| Some(*id) != own.correlation_id)
            .or(of_step)
            .or(of_task),
        parent_correlation_id: task.and_then(|task| task.parent_correlation_id()),
        namespace: task.and_then(|task| task.namespace).map(Interned::text),
        ..Attributes::default()
    }
}

fn contradiction(span: &str, attribute: Attribute, value: AttributeValue<'_>, other: AttributeValue<'_>) -> String {
    let subject = if attribute == Attribute::TaskUuid {
        "step"
    } else {
        "task"
    };
    let (name, value, other) = (attribute.name(), violation::shown(value), violation::shown(other));
    format!("{span} has the {name} {value}, and an earlier span of its {subject} has {other}")
}
