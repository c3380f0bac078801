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

/// What is known of the step's execution, in the last bits of what stands for the step: its state, and its attempt.
const EXECUTION: u64 = 0xff;
const STATE: u64 = 0b11;
/// It may still run, or was exported since it failed.
const OPEN: u64 = 0b01;
/// It is to be exported, because a span that has lost it points there.
const WANTED: u64 = 0b10;
/// It has ended, and nothing of it was exported.
const ENDED: u64 = 0b11;

/// Remembers a step one of whose attempts is dropped.
#[inline]
pub(crate) fn insert(step_uuid: Uuid, attempt: Option<i64>) {
    let (place, tag) = place(step_uuid);
    place.store(tag | bits(attempt) | OPEN, Ordering::Relaxed);
}

/// Whether the attempt is dropped: it, or one after it. Of an attempt that is not known, whether any is.
pub(crate) fn contains(step_uuid: Uuid, attempt: Option<i64>) -> bool {
    let (place, tag) = place(step_uuid);
    let known = place.load(Ordering::Relaxed);
    known & STATE != 0 && known & !EXECUTION == tag && bits(attempt) <= known & EXECUTION
}

/// Asks for the export of the attempt's execution; false if nobody will answer.
pub(crate) fn want(step_uuid: Uuid, attempt: Option<i64>) -> bool {
    let (place, tag) = place(step_uuid);
    let tag = tag | bits(attempt);
    let wanted = place.compare_exchange(tag | OPEN, tag | WANTED, Ordering::Relaxed, Ordering::Relaxed);
    wanted.is_ok() || wanted == Err(tag | WANTED)
}

/// Notes the end of the attempt's execution, and tells whether its export was asked for.
#[inline]
pub(crate) fn end(step_uuid: Uuid, attempt: Option<i64>) -> bool {
    let (place, tag) = place(step_uuid);
    let tag = tag | bits(attempt);
    let ended = place.compare_exchange(tag | OPEN, tag | ENDED, Ordering::Relaxed, Ordering::Relaxed);
    ended == Err(tag | WANTED)
}

/// Six bits for the attempt: of the next ones, as many as there will be at a time.
#[inline]
fn bits(attempt: Option<i64>) -> u64 {
    attempt.map_or(0, |attempt| (attempt.unsigned_abs() % 63 + 1) << 2)
}

/// Where the step is remembered, and what stands for it there.
#[inline]
fn place(step_uuid: Uuid) -> (&'static AtomicU64, u64) {
    let (high, low) = Uuid::from_u128(step_uuid.as_u128() ^ layer::realm()).as_u64_pair();
    let tag = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits depend on all others.
    let place = usize::try_from(tag >> (64 - BITS)).unwrap_or_default();
    (&DROPPED[place % DROPPED.len()], tag & !EXECUTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_steps_of_now() {
        let steps = (1..=1000_u128).map(|n| Uuid::from_u128(n << 80 | n));
        steps.clone().for_each(|step| insert(step, None));
        assert!(steps.filter(|step| contains(*step, None)).count() > 900);
        assert!(!contains(Uuid::from_u128(7), None));
    }

    #[test]
    fn an_execution_is_asked_for_until_it_ends() {
        let step = Uuid::from_u128(0xfeed);
        let (first, second) = (Some(1), Some(2));
        assert!(!want(step, first), "nobody knows it");
        insert(step, first);
        assert!(!want(step, second) && !want(step, None));
        assert!(want(step, first) && want(step, first) && contains(step, first) && !contains(step, second));
        assert!(end(step, first));
        insert(step, second);
        assert!(!end(step, first) && !end(step, second));
        assert!(!want(step, second) && contains(step, first) && contains(step, second) && contains(step, None));
    }
}
