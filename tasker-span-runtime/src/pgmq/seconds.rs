//! Durations as PGMQ takes them: whole seconds.

use std::time::Duration;

/// Rounded up, so that a fraction of a second is never none at all; at most 68 years, the largest that PGMQ takes.
pub(super) fn whole_seconds(duration: Duration) -> i32 {
    let begun = u64::from(duration.subsec_nanos() > 0);
    let seconds = duration.as_secs().saturating_add(begun);
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
    fn what_is_longer_than_the_database_takes_is_the_longest_that_it_takes() {
        assert_eq!(whole_seconds(Duration::from_secs(2_147_483_647)), i32::MAX);
        assert_eq!(whole_seconds(Duration::from_secs(2_147_483_648)), i32::MAX);
        assert_eq!(whole_seconds(Duration::MAX), i32::MAX);
    }
}
