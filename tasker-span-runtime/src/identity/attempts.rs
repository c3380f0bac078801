//! Which attempts at a step this process has accounted for.

/// Attempts whose derived ids are assigned: a bit each for the highest and the 63 before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
// In twelve bytes, of the one line that a step has in the identity cache.
#[repr(Rust, packed(4))]
pub(crate) struct Attempts {
    highest: u32,
    /// The bit `n` stands for the attempt `highest - n`.
    assigned: u64,
}

impl Attempts {
    pub(crate) const NONE: Self = Self {
        highest: 0,
        assigned: 0,
    };

    /// Whether the caller is the first to ask for the attempt. An attempt too old for a bit counts as
    /// assigned: an id that is used twice is worse than a random id.
    pub(crate) fn claim(&mut self, attempt: u32) -> bool {
        if attempt > self.highest {
            self.assigned = self.assigned.checked_shl(attempt - self.highest).unwrap_or(0);
            self.highest = attempt;
        }
        let Some(bit) = 1_u64.checked_shl(self.highest - attempt) else {
            return false;
        };
        let is_free = self.assigned & bit == 0;
        self.assigned |= bit;
        is_free
    }

    /// Takes a claim back: nothing has the attempt's id.
    pub(crate) fn release(&mut self, attempt: u32) {
        let age = self.highest.checked_sub(attempt);
        if let Some(bit) = age.and_then(|age| 1_u64.checked_shl(age)) {
            self.assigned &= !bit;
        }
    }

    /// Whether no later attempt has been claimed.
    pub(crate) fn is_highest(self, attempt: u32) -> bool {
        self.highest == attempt
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
    fn an_attempt_is_assigned_once_in_any_order() {
        assert_eq!(claimed(&[1, 1, 2, 1, 2]), [true, false, true, false, false]);
        assert_eq!(claimed(&[3, 1, 2, 0, 1, 0]), [true, true, true, true, false, false]);
        assert_eq!(claimed(&[0, 0]), [true, false]);
        assert_eq!(claimed(&[u32::MAX, u32::MAX]), [true, false]);
    }

    #[test]
    fn high_numbers_are_told_apart_as_well() {
        assert_eq!(
            claimed(&[70, 71, 70, 71, 72, 71]),
            [true, true, false, false, true, false]
        );
        assert_eq!(claimed(&[1, 65, 2, 2, 65]), [true, true, true, false, false]);
    }

    #[test]
    fn an_attempt_too_old_to_tell_counts_as_assigned() {
        assert_eq!(claimed(&[1, 65, 1]), [true, true, false]);
        assert_eq!(claimed(&[100, 36, 37]), [true, false, true]);
    }

    #[test]
    fn a_released_attempt_is_free_and_no_other() {
        let mut assigned = Attempts::default();
        assigned.claim(1);
        assigned.claim(70);
        assigned.claim(69);
        for attempt in [1, 69, 71] {
            assigned.release(attempt);
        }
        assert!(assigned.claim(69) && !assigned.claim(70) && !assigned.claim(1));
    }

    #[test]
    fn the_highest_is_the_latest_whatever_is_claimed_after_it() {
        let mut assigned = Attempts::default();
        assigned.claim(2);
        assigned.claim(1);
        assert!(assigned.is_highest(2) && !assigned.is_highest(1));
    }
}
