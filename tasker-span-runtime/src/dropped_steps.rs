//! The steps that this process has dropped lately, for spans that have lost the scope of their step and with it the namespace
//! whose rate would tell, or the rate itself where that has changed.
//!
//! A table of a fixed size without locks: a newer step takes the place of an older one. Who is not found there is decided
//! by its rate.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::layer;

const BITS: u32 = 14;

static DROPPED: [AtomicU64; 1 << BITS] = [const { AtomicU64::new(0) }; 1 << BITS];

/// What is known of a dropped step besides: in the last two bits of what stands for it.
const STATE: u64 = 0b11;
/// Its execution may still run.
const OPEN: u64 = 0b01;
/// Its execution is to be exported, because a span that has lost it points there.
const WANTED: u64 = 0b10;
/// Its execution has ended.
const ENDED: u64 = 0b11;

/// Remembers a step whose execution is dropped.
#[inline]
pub(crate) fn insert(step_uuid: Uuid) {
    let (place, tag) = place(step_uuid);
    place.store(tag | OPEN, Ordering::Relaxed);
}

/// Forgets a step whose execution is kept.
#[inline]
pub(crate) fn remove(step_uuid: Uuid) {
    let (place, tag) = place(step_uuid);
    if place.load(Ordering::Relaxed) & !STATE == tag {
        place.store(0, Ordering::Relaxed);
    }
}

pub(crate) fn contains(step_uuid: Uuid) -> bool {
    let (place, tag) = place(step_uuid);
    place.load(Ordering::Relaxed) & !STATE == tag
}

/// Asks for the export of the step's execution; false if nobody will answer.
pub(crate) fn want(step_uuid: Uuid) -> bool {
    let (place, tag) = place(step_uuid);
    let wanted = place.compare_exchange(tag | OPEN, tag | WANTED, Ordering::Relaxed, Ordering::Relaxed);
    wanted.is_ok() || wanted == Err(tag | WANTED)
}

/// Notes the end of the step's execution, and tells whether its export was asked for.
#[inline]
pub(crate) fn end(step_uuid: Uuid) -> bool {
    let (place, tag) = place(step_uuid);
    let ended = place.compare_exchange(tag | OPEN, tag | ENDED, Ordering::Relaxed, Ordering::Relaxed);
    ended == Err(tag | WANTED)
}

/// Where the step is remembered, and what stands for it there; never zero.
#[inline]
fn place(step_uuid: Uuid) -> (&'static AtomicU64, u64) {
    let (high, low) = Uuid::from_u128(step_uuid.as_u128() ^ layer::realm()).as_u64_pair();
    let tag = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits depend on all others.
    let place = usize::try_from(tag >> (64 - BITS)).unwrap_or_default();
    (&DROPPED[place % DROPPED.len()], (tag & !STATE).max(STATE + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_steps_of_now() {
        let steps = (1..=1000_u128).map(|n| Uuid::from_u128(n << 80 | n));
        steps.clone().for_each(insert);
        assert!(steps.filter(|step| contains(*step)).count() > 900);
        assert!(!contains(Uuid::from_u128(7)));
    }

    #[test]
    fn an_execution_is_asked_for_until_it_ends() {
        let step = Uuid::from_u128(0xfeed);
        assert!(!want(step), "nobody knows it");
        insert(step);
        assert!(want(step) && want(step) && contains(step));
        assert!(end(step));
        insert(step);
        assert!(!end(step), "the next attempt is another one");
        assert!(!want(step) && contains(step));
        remove(step);
        assert!(!contains(step));
    }
}
