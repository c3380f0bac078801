//! Which start of a task or an attempt is believed: a false one makes a span of decades, which hides all others in a viewer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::clock::unix_nanos;

/// No task runs longer.
const LONGEST: Duration = Duration::from_hours(24 * 3_653);
/// How far the clock of another machine may be ahead of this one's.
const AHEAD: Duration = Duration::from_mins(1);

/// The latest time that this process has read, and the earliest that is believed then, in nanoseconds since 1970. They
/// spare reading the clock for a start between them.
static LATEST: AtomicU64 = AtomicU64::new(0);
static EARLIEST: AtomicU64 = AtomicU64::new(u64::MAX);

/// The start, if it is believed. One that is ahead by no more than clocks differ is now.
#[inline]
pub(super) fn believed(started_at: SystemTime) -> Option<SystemTime> {
    let nanos = unix_nanos(started_at);
    if nanos <= LATEST.load(Ordering::Relaxed) && nanos >= EARLIEST.load(Ordering::Relaxed) {
        return Some(started_at);
    }
    let now = SystemTime::now();
    LATEST.store(unix_nanos(now), Ordering::Relaxed);
    EARLIEST.store(unix_nanos(now).saturating_sub(nanos_of(LONGEST)), Ordering::Relaxed);
    believed_at(started_at, now)
}

fn nanos_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn believed_at(started_at: SystemTime, now: SystemTime) -> Option<SystemTime> {
    match now.duration_since(started_at) {
        Ok(age) => (age <= LONGEST).then_some(started_at),
        Err(ahead) => (ahead.duration() <= AHEAD).then_some(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_of_the_last_ten_years_is_believed() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let (past, soon) = (now - Duration::from_hours(24 * 3_000), now + Duration::from_secs(59));
        assert_eq!(
            [now, past, soon].map(|at| believed_at(at, now)),
            [Some(now), Some(past), Some(now)]
        );
        let epoch = SystemTime::UNIX_EPOCH;
        let false_ones = [
            epoch,
            epoch - Duration::from_secs(1),
            now - 2 * LONGEST,
            now + Duration::from_secs(61),
        ];
        assert_eq!(false_ones.map(|at| believed_at(at, now)), [None; 4]);
    }

    #[test]
    fn it_is_the_same_whether_the_clock_is_read_or_not() {
        let now = SystemTime::now();
        for _ in 0..3 {
            assert_eq!(
                believed(now - Duration::from_secs(1)),
                Some(now - Duration::from_secs(1))
            );
            assert_eq!(believed(SystemTime::UNIX_EPOCH), None);
            assert_eq!(believed(now + Duration::from_hours(1)), None);
        }
    }
}
