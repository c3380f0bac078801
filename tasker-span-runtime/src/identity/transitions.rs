//! The latest transition of a task in this process, for work whose span it does not enclose.

use std::num::NonZero;

use super::SpanId;
use super::intern::Interned;
use super::table::Known;
use crate::catalogue::attributes::{Attributes, Text};
use crate::catalogue::place::States;
use crate::clock::{Instant, Wall};

/// A transition that is evicted is not needed any more.
impl Known for Option<Transition> {
    const NOTHING: Self = None;

    fn decides(&self) -> bool {
        false
    }
}

/// Whether a transition was recorded by `record_transition`.
impl Known for bool {
    const NOTHING: Self = false;

    fn decides(&self) -> bool {
        *self
    }
}

/// A transition that has succeeded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Transition {
    from: Option<Interned>,
    to: Option<Interned>,
    pub(crate) span_id: SpanId,
    /// When this process learned of it.
    pub(crate) ended: Instant,
    /// When it was, if no code of this process ran it, in nanoseconds since 1970.
    recorded_at: Option<NonZero<u64>>,
    enclosure: Enclosure,
}

/// Whether work that belongs to transitions encloses it. None is zero, so that an empty table is zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Enclosure {
    Inside = 1,
    Outside = 2,
}

impl Transition {
    pub(crate) fn new(known: &Attributes, span_id: SpanId, ended: Instant, is_enclosed: bool) -> Self {
        let state = |state: &Option<Text>| state.as_ref().and_then(Text::interned);
        Self {
            from: state(&known.from_state),
            to: state(&known.to_state),
            span_id,
            ended,
            recorded_at: None,
            enclosure: if is_enclosed {
                Enclosure::Inside
            } else {
                Enclosure::Outside
            },
        }
    }

    /// The same, as a transition that no code ran, which was at this time: nanoseconds since 1970.
    pub(crate) fn recorded_at(self, nanos: u64) -> Self {
        Self {
            recorded_at: NonZero::new(nanos),
            ..self
        }
    }

    /// When it was, in nanoseconds since 1970.
    pub(crate) fn nanos(&self, wall: Wall) -> u64 {
        self.recorded_at.map_or_else(|| wall.at(self.ended), NonZero::get)
    }

    /// Whether work that belongs to transitions encloses it.
    pub(crate) fn is_enclosed(&self) -> bool {
        self.enclosure == Enclosure::Inside
    }

    pub(crate) fn with_states<R>(&self, read: impl FnOnce(&States<'_>) -> R) -> R {
        // A state that is too long to be interned is none of the catalogue's.
        let [from, to] = [self.from, self.to].map(|state| state.map(Interned::text));
        read(&States {
            from: Some(from.as_deref().unwrap_or_default()),
            to: Some(to.as_deref().unwrap_or_default()),
        })
    }
}
