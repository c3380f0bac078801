//! Random span ids: for spans whose ids no other process computes. Derived ids are in `identity`.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use crate::fork;
use crate::identity::SpanId;

thread_local! {
    /// The state of a `SplitMix64` generator, and the process that it is of.
    static STATE: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
}

/// An id that is unique with the probability of 64 random bits. It is no secret.
#[inline]
pub(crate) fn span_id() -> SpanId {
    SpanId::of_hash(STATE.try_with(next).unwrap_or_else(|_| seed()))
}

/// A trace id for a span that belongs to no task yet.
pub(crate) fn trace_id() -> crate::identity::TraceId {
    let [high, low] = [span_id(), span_id()].map(|id| u128::from(id.to_u64()));
    crate::identity::TraceId::of_hash(high << 64 | low)
}

#[inline]
fn next(state: &Cell<(u64, u32)>) -> u64 {
    let (mut seed_or_state, mut process) = state.get();
    // A child would go on with the ids of its parent.
    if seed_or_state == 0 || process != fork::known_process() {
        (seed_or_state, process) = (seed(), fork::known_process());
    }
    let new = seed_or_state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state.set((new, process));
    let mut mixed = new;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Random keys of the standard library, which a child has of its parent, hashed with what tells this thread from all others.
#[cold]
fn seed() -> u64 {
    RandomState::new().hash_one((std::thread::current().id(), fork::process(), SystemTime::now()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_differ_on_and_between_threads() {
        let ids = || (0..1_000).map(|_| span_id()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(ids)).collect();
        let all = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        assert_eq!(all.collect::<HashSet<_>>().len(), 8_000);
    }
}
