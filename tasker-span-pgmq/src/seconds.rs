//! Durations in whole seconds, the only unit that PGMQ takes.

use std::time::Duration;

/// Rounds up, so that a fraction is never zero seconds. Limited to what PGMQ's `integer` holds.
pub(crate) fn whole_seconds(duration: Duration) -> i32 {
    let fraction = u64::from(duration.subsec_nanos() > 0);
    let seconds = duration.as_secs().saturating_add(fraction);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_rounded_up() {
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        assert_eq!(whole_seconds(Duration::from_nanos(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(999)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
    }

    #[test]
    fn longer_durations_are_the_longest_of_the_database() {
        assert_eq!(whole_seconds(Duration::from_secs(2_147_483_647)), i32::MAX);
        assert_eq!(whole_seconds(Duration::from_secs(2_147_483_648)), i32::MAX);
        assert_eq!(whole_seconds(Duration::MAX), i32::MAX);
    }
}
