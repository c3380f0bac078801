//! The latest transition of a task in this process, for work whose span it does not enclose; and which transitions were
//! recorded that no code ran.

use super::SpanId;
use super::decided::{self, Decides, NOTHING};
use super::intern::Interned;
use super::key::Key;
use crate::catalogue::attributes::{Attributes, Text};
use crate::catalogue::place::States;
use crate::clock::Instant;

/// A transition that is evicted is not needed any more.
impl Decides for Option<Transition> {
    const EMPTY: Self = None;
    const KIND: u64 = NOTHING;

    fn decided(&self) -> u64 {
        0
    }

    fn restored(_: u64) -> Self {
        None
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
    pub(crate) recorded_at: Option<u64>,
    /// Work that belongs to transitions encloses it.
    pub(crate) is_enclosed: bool,
}

/// A transition that was recorded by `record_transition`.
#[derive(Clone, Copy)]
struct Recorded;

impl Decides for Recorded {
    const EMPTY: Self = Self;
    const KIND: u64 = 3;

    fn decided(&self) -> u64 {
        1
    }

    fn restored(_: u64) -> Self {
        Self
    }
}

/// Claims the id of a recorded transition: true once.
pub(super) fn claim(key: Key, span_id: SpanId) -> bool {
    decided::claim(Key::of(key.id ^ u128::from(span_id.to_u64())), &Recorded)
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
            is_enclosed,
        }
    }

    /// The same, as a transition that no code ran, which was at this time: nanoseconds since 1970.
    pub(crate) fn recorded_at(self, nanos: u64) -> Self {
        Self {
            recorded_at: Some(nanos),
            ..self
        }
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
