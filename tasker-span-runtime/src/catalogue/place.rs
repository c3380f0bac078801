//! The place of a span in the hierarchy, as far as it is known at compile time. Which place a running span has is in
//! `span::hierarchy`.

use std::slice;

use crate::catalogue::{self, CATALOGUE, Family, Parent, SpanSpec};

/// The recorded state if the source has no state.
pub(crate) const UNKNOWN: &str = "unknown";

/// Where a span is in the hierarchy: in the place of a span of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The span of the catalogue.
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// A custom span is within the span of this name, which is its parent.
    pub(crate) is_of_custom: bool,
    /// The allowed parents of a span of the catalogue.
    pub(crate) parents: &'static [Parent],
    /// The transitions that the work belongs to, wherever the code runs it.
    pub(crate) moment: Option<Moment>,
    /// Whether the span may be without an enclosing span of its task in this process.
    pub(crate) may_be_alone: bool,
}

/// Work that belongs to a transition which may be over before the work begins, or come after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The transitions.
    pub(crate) transitions: &'static [Parent],
    /// The transition may have led to the work.
    comes_after: bool,
    /// The work may lead to the transition.
    comes_before: bool,
}

/// The states of a transition, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States<'a> {
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
}

impl States<'_> {
    /// Whether it is one of these transitions. A state that is not known fits each.
    pub(crate) fn is_one_of(&self, transitions: &[Parent]) -> bool {
        transitions.iter().any(|transition| match transition {
            Parent::Transition { from, to } => {
                self.from.is_none_or(|state| state == *from || state == UNKNOWN)
                    && self.to.is_none_or(|state| state == *to)
            }
            Parent::Span(_) | Parent::AnyTaskSpan => false,
        })
    }
}

impl Moment {
    const fn of(spec: &'static SpanSpec) -> Option<Self> {
        let (comes_after, comes_before) = match spec.name.as_bytes() {
            b"step.discovery" => (true, true),
            b"step.enqueuing" => (false, true),
            b"result.evaluation" => (true, false),
            _ => return None,
        };
        Some(Self {
            transitions: spec.parents,
            comes_after,
            comes_before,
        })
    }

    /// Whether this transition, which came first, led to the work.
    pub(crate) fn may_follow(&self, states: &States<'_>) -> bool {
        self.comes_after && states.is_one_of(self.transitions)
    }

    /// Whether the work, which came first, may lead to this transition.
    pub(crate) fn may_lead_to(&self, states: &States<'_>) -> bool {
        self.comes_before && states.is_one_of(self.transitions)
    }

    /// Whether the work may come before its transition.
    pub(crate) fn may_come_first(&self) -> bool {
        self.comes_before
    }
}

/// The places of the catalogue's spans, in its order.
static PLACES: [Place; CATALOGUE.len()] = {
    let mut places = [Place::NONE; CATALOGUE.len()];
    let mut index = 0;
    while index < places.len() {
        places[index] = Place::of(&CATALOGUE[index]);
        index += 1;
    }
    places
};

static NO_PLACE: [Place; 1] = [Place::NONE];

/// The places that a span may have: its own in the catalogue, or those that a custom span is within.
pub(crate) const fn places(span: &str, within: &'static [Place]) -> &'static [Place] {
    match catalogue::index(span) {
        Some(index) => slice::from_ref(&PLACES[index]),
        None if within.is_empty() => &NO_PLACE,
        None => within,
    }
}

impl Place {
    const NONE: Self = Self {
        name: "",
        family: Family::Task,
        is_of_custom: true,
        parents: &[],
        moment: None,
        may_be_alone: true,
    };

    /// The place of a span of the catalogue.
    pub(crate) const fn of(spec: &'static SpanSpec) -> Self {
        let moment = Moment::of(spec);
        Self {
            name: spec.name,
            family: spec.family,
            is_of_custom: false,
            parents: spec.parents,
            moment,
            may_be_alone: moment.is_some() || may_be_alone(spec.parents),
        }
    }

    /// The place of a custom span within the span of this name.
    pub const fn within(name: &str) -> Self {
        let Some(spec) = catalogue::span(name) else {
            return Self::NONE;
        };
        let place = Self::of(spec);
        Self {
            is_of_custom: true,
            parents: &[],
            may_be_alone: place.moment.is_some() || is_elsewhere(spec.name),
            ..place
        }
    }
}

/// Only these two spans can be parents in a process that they do not run in.
const fn is_elsewhere(name: &str) -> bool {
    matches!(name.as_bytes(), b"task.orchestration" | b"step.execution")
}

const fn may_be_alone(parents: &[Parent]) -> bool {
    let mut index = 0;
    while index < parents.len() {
        match parents[index] {
            Parent::AnyTaskSpan => return true,
            Parent::Span(name) if is_elsewhere(name) => return true,
            _ => index += 1,
        }
    }
    parents.is_empty()
}
