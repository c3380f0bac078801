//! Which attempts at a step this process has accounted for, and which numbers are attempts at all.

/// The highest number of an attempt. A larger one is no count: a timestamp, an id, or the largest integer as "no limit".
pub(crate) const MAX_ATTEMPT: u32 = 1_000_000;

/// The number of an attempt that can have a derived id: from 1 to [`MAX_ATTEMPT`].
#[inline]
pub(crate) fn number(attempt: Option<i64>) -> Option<u32> {
    let attempt = u32::try_from(attempt?).ok()?;
    (1..=MAX_ATTEMPT).contains(&attempt).then_some(attempt)
}

/// Attempts whose derived ids are assigned: a bit each for the first 64, and for the latest of those beyond.
///
/// The first ones have bits of their own, so that a single wrong number takes nothing from the real attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
// In twelve bytes, of the one line that a step has in the identity cache.
#[repr(Rust, packed(4))]
pub(crate) struct Attempts {
    /// The bit `n` stands for the attempt `n + 1`.
    first: u64,
    /// The highest attempt beyond the first ones, or 0. Above it, the bit `n` stands for the attempt `highest - n`.
    latest: u32,
}

/// How many attempts have bits of their own.
const FIRST: u32 = u64::BITS;
/// The bits of `latest` that are the highest attempt: enough for [`MAX_ATTEMPT`].
const HIGHEST_BITS: u32 = 20;
const HIGHEST: u32 = (1 << HIGHEST_BITS) - 1;
/// How many of the latest attempts have a bit.
const WINDOW: u32 = u32::BITS - HIGHEST_BITS;

const _: () = assert!(MAX_ATTEMPT <= HIGHEST);

impl Attempts {
    pub(crate) const NONE: Self = Self { first: 0, latest: 0 };

    /// Whether the caller is the first to ask for the attempt. An attempt too old for a bit counts as
    /// assigned: an id that is used twice is worse than a random id.
    pub(crate) fn claim(&mut self, attempt: u32) -> bool {
        if attempt <= FIRST {
            let bit = 1_u64 << (attempt.max(1) - 1);
            let is_free = self.first & bit == 0;
            self.first |= bit;
            return is_free;
        }
        let (mut highest, mut window) = self.latest();
        if attempt > highest {
            window = window.checked_shl(attempt - highest).unwrap_or(0);
            highest = attempt;
        }
        let age = highest - attempt;
        if age >= WINDOW {
            return false;
        }
        let is_free = window & (1 << age) == 0;
        self.set_latest(highest, window | 1 << age);
        is_free
    }

    /// Takes a claim back: nothing has the attempt's id.
    pub(crate) fn release(&mut self, attempt: u32) {
        if attempt <= FIRST {
            self.first &= !(1 << (attempt.max(1) - 1));
            return;
        }
        let (highest, window) = self.latest();
        if let Some(age) = highest.checked_sub(attempt).filter(|age| *age < WINDOW) {
            self.set_latest(highest, window & !(1 << age));
        }
    }

    /// Whether this attempt or a later one has been claimed.
    pub(crate) fn reach(self, attempt: u32) -> bool {
        let (highest, _) = self.latest();
        highest >= attempt || attempt <= FIRST && self.first >> (attempt.max(1) - 1) != 0
    }

    fn latest(self) -> (u32, u32) {
        (self.latest & HIGHEST, self.latest >> HIGHEST_BITS)
    }

    fn set_latest(&mut self, highest: u32, window: u32) {
        self.latest = highest | window << HIGHEST_BITS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(attempts: &[u32]) -> Vec<bool> {
        let mut assigned = Attempts::default();
        attempts.iter().map(|attempt| assigned.claim(*attempt)).collect()
    }

    #[test]
    fn an_attempt_is_a_count_from_one() {
        let numbers = [None, Some(i64::MIN), Some(0), Some(1), Some(1_000_000), Some(1_000_001)];
        assert_eq!(
            numbers.map(number),
            [None, None, None, Some(1), Some(MAX_ATTEMPT), None]
        );
        assert_eq!(
            [u32::MAX.into(), 1 << 32, i64::MAX].map(|attempt| number(Some(attempt))),
            [None; 3]
        );
    }

    #[test]
    fn an_attempt_is_assigned_once_in_any_order() {
        assert_eq!(claimed(&[1, 1, 2, 1, 2]), [true, false, true, false, false]);
        assert_eq!(claimed(&[3, 1, 2, 1]), [true, true, true, false]);
        assert_eq!(claimed(&[MAX_ATTEMPT, MAX_ATTEMPT]), [true, false]);
        assert_eq!(claimed(&[100, 36, 37, 36]), [true, true, true, false]);
    }

    #[test]
    fn high_numbers_are_told_apart_as_well() {
        assert_eq!(
            claimed(&[70, 71, 70, 71, 72, 71]),
            [true, true, false, false, true, false]
        );
        assert_eq!(claimed(&[1, 65, 2, 2, 65, 1]), [true, true, true, false, false, false]);
    }

    #[test]
    fn a_jump_takes_nothing_from_the_first_attempts() {
        for jump in [65, 5_000, MAX_ATTEMPT] {
            assert_eq!(
                claimed(&[1, jump, 2, 3, 1, 64, jump, 2]),
                [true, true, true, true, false, true, false, false],
                "{jump}"
            );
        }
    }

    #[test]
    fn an_attempt_too_old_to_tell_counts_as_assigned() {
        assert_eq!(claimed(&[100, 88, 89, 90]), [true, false, true, true]);
        assert_eq!(claimed(&[100, 200, 100]), [true, true, false]);
    }

    #[test]
    fn a_released_attempt_is_free_and_no_other() {
        let mut assigned = Attempts::default();
        for attempt in [1, 2, 70, 69] {
            assigned.claim(attempt);
        }
        for attempt in [1, 69, 71] {
            assigned.release(attempt);
        }
        assert!(assigned.claim(1) && assigned.claim(69) && !assigned.claim(2) && !assigned.claim(70));
    }

    #[test]
    fn attempts_reach_to_the_highest_whatever_is_claimed_after_it() {
        for (low, high) in [(1, 2), (1, 64), (64, 65), (3, 5_000), (70, 71)] {
            let mut assigned = Attempts::default();
            assert!(!assigned.reach(1));
            assigned.claim(high);
            assigned.claim(low);
            assert!(
                assigned.reach(low) && assigned.reach(high) && !assigned.reach(high + 1),
                "{low} {high}"
            );
        }
    }
}
