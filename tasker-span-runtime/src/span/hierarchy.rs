//! Whether the catalogue allows a span's parent, and which place the span has there. A violation is reported in `violation`,
//! and the transition of work that no transition encloses is found in `moment`.

use super::local::LocalSpan;
use crate::catalogue::place::{Moment, Place};
use crate::catalogue::{Family, Parent};
use crate::identity::cache;

const TRANSITION: &str = "task.state_transition";
const EXECUTION: &str = "step.execution";

impl LocalSpan {
    /// The place that the span has in the hierarchy.
    #[inline]
    pub(super) fn place(&self) -> &'static Place {
        &self.site.places()[usize::from(self.place)]
    }
}

/// The place of a span that may have several: the first that its enclosing span allows.
pub(super) fn place(span: &LocalSpan, realm: u128) -> u8 {
    let places = span.site.places();
    let index = if let Some(enclosing) = enclosing(span) {
        places.iter().position(|place| is_allowed_in(place, enclosing))
    } else {
        // A worker's side is known by the attempt.
        let is_on_worker = knows_execution(span, realm);
        let is_there = |place: &Place| place.may_be_alone && (place.name == EXECUTION) == is_on_worker;
        let alone = || places.iter().position(|place| place.may_be_alone);
        places.iter().position(is_there).or_else(alone)
    };
    let index = index.unwrap_or(0);
    u8::try_from(index).unwrap_or(0)
}

/// Whether the execution is known that a step's span without an enclosing span is within.
fn knows_execution(span: &LocalSpan, realm: u128) -> bool {
    let own = &span.record.attributes;
    let is_cached = |step_uuid| cache::step(realm, step_uuid).is_some_and(|step| step.execution.is_some());
    own.step_uuid
        .is_some_and(|step_uuid| own.attempt_number.is_some() || is_cached(step_uuid))
}

/// The enclosing span, if it is about the same task.
fn enclosing(span: &LocalSpan) -> Option<&LocalSpan> {
    span.enclosing.as_deref().filter(|_| span.is_same_task)
}

/// The innermost transition of the span's task that the span is inside.
pub(super) fn transition(span: &LocalSpan) -> Option<&LocalSpan> {
    let task_uuid = span.task_uuid();
    span.near_ancestors()
        .map(|span| &**span)
        .take_while(|enclosing| enclosing.task_uuid() == task_uuid)
        .find(|enclosing| enclosing.place().name == TRANSITION)
}

/// What is wrong with the span inside `enclosing`, the innermost span of the same task. `None` if it is allowed.
#[inline]
pub(super) fn violation(span: &LocalSpan, enclosing: Option<&LocalSpan>) -> Option<String> {
    let place = span.place();
    match enclosing {
        None if place.may_be_alone => None,
        None => Some(message(span, "has no parent")),
        Some(enclosing) if span.site.is_allowed_in(enclosing.site) => None,
        Some(enclosing) => inside(span, place, enclosing),
    }
}

fn inside(span: &LocalSpan, place: &Place, enclosing: &LocalSpan) -> Option<String> {
    if is_allowed_in(place, enclosing) {
        // Whether another span of the same call site is allowed may depend on its place, or on a transition and its states.
        let has_one_place = span.site.places().len() == 1 && enclosing.site.places().len() == 1;
        if has_one_place && place.moment.is_none() && enclosing.place().name != TRANSITION {
            span.site.note_allowed_in(enclosing.site);
        }
        return None;
    }
    let around = place.moment.and_then(|_| transition_of(enclosing));
    let position = match around {
        Some(around) if !std::ptr::eq(around, enclosing) => format!("is inside {}", described(around)),
        _ => format!("is a child of {}", described(enclosing)),
    };
    Some(message(span, &position))
}

/// The innermost transition that is the span itself or around it.
fn transition_of(span: &LocalSpan) -> Option<&LocalSpan> {
    if span.place().name == TRANSITION {
        Some(span)
    } else {
        transition(span)
    }
}

fn is_allowed_in(place: &Place, enclosing: &LocalSpan) -> bool {
    let outer = enclosing.place();
    // A custom span is inside of what it is within.
    if place.is_of_custom && place.name == outer.name {
        return true;
    }
    if let Some(Moment { transitions, .. }) = place.moment {
        return transition_of(enclosing).is_none_or(|transition| is_between(transition, transitions));
    }
    place.parents.iter().any(|parent| match *parent {
        Parent::Span(name) => outer.name == name,
        Parent::AnyTaskSpan => outer.family == Family::Task,
        Parent::Transition { .. } => outer.name == TRANSITION && is_between(enclosing, std::slice::from_ref(parent)),
    })
}

/// Whether the transition is one of these.
fn is_between(transition: &LocalSpan, allowed: &[Parent]) -> bool {
    transition.with_known(|known| known.states().is_one_of(allowed))
}

/// The span with its states, if it has any.
fn described(span: &LocalSpan) -> String {
    span.with_known(|known| match (&known.from_state, &known.to_state) {
        (Some(from), Some(to)) => format!("{} ({} → {})", span.site.name(), &**from, &**to),
        _ => span.site.name().to_owned(),
    })
}

fn message(span: &LocalSpan, position: &str) -> String {
    let allowed = span.site.places().iter().flat_map(expectations).collect::<Vec<_>>();
    let allowed = if allowed.is_empty() {
        "no parent".to_owned()
    } else {
        allowed.join(" or ")
    };
    format!("{} {position}; the catalogue allows {allowed}", span.site.name())
}

/// The parents that the place allows.
fn expectations(place: &'static Place) -> Vec<String> {
    if place.is_of_custom {
        return vec![place.name.to_owned()];
    }
    let parents = place.parents.iter().map(|parent| match parent {
        Parent::Span(name) => (*name).to_owned(),
        Parent::Transition { from, to } => format!("{TRANSITION} ({from} → {to})"),
        Parent::AnyTaskSpan => "a task span".to_owned(),
    });
    parents.collect()
}
