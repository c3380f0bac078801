//! The steps that this process has dropped lately, for spans that have lost the scope of their step and with it the namespace
//! whose rate would tell.
//!
//! A table of a fixed size without locks: a newer step takes the place of an older one. Who is not found there is decided
//! by the default rate.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

const STEPS: usize = 1 << 14;

static DROPPED: [AtomicU64; STEPS] = [const { AtomicU64::new(0) }; STEPS];

/// Remembers a step by the hash that decided on it.
#[inline]
pub(crate) fn insert(step_uuid: Uuid) {
    let (place, tag) = place(step_uuid);
    place.store(tag, Ordering::Relaxed);
}

pub(crate) fn contains(step_uuid: Uuid) -> bool {
    let (place, tag) = place(step_uuid);
    place.load(Ordering::Relaxed) == tag
}

/// Where the step is remembered, and what stands for it there; never zero.
#[inline]
fn place(step_uuid: Uuid) -> (&'static AtomicU64, u64) {
    let (high, low) = step_uuid.as_u64_pair();
    let tag = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits depend on all others.
    let place = usize::try_from(tag >> (64 - 14)).unwrap_or_default();
    (&DROPPED[place % STEPS], tag | 1)
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
}
