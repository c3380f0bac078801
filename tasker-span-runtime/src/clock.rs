//! The clock of spans: the processor's counter where the operating system relies on it, and
//! `std::time::Instant` otherwise. Nothing is measured before the first layer.

use std::sync::{LazyLock, Mutex};
use std::time::{self, Duration, SystemTime};

use crate::lock;

/// A reading of the clock: ticks of the counter, or nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(u64);

impl Instant {
    /// Before all readings.
    pub(crate) const ZERO: Self = Self(0);

    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// The clock at one moment, by each of its sources.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    ticks: u64,
    monotonic: time::Instant,
    system: SystemTime,
}

impl Anchor {
    /// The quickest of some readings: one that was interrupted would look as if the wall clock had been set.
    fn new(is_counter: bool) -> Self {
        /// Some microseconds by any counter.
        const QUICK: u64 = 10_000;
        let read = || if is_counter { counter::read() } else { by_system() };
        let reading = || {
            let before = read();
            let (monotonic, system) = (time::Instant::now(), SystemTime::now());
            let took = read().wrapping_sub(before);
            let ticks = before + took / 2;
            (
                took,
                Self {
                    ticks,
                    monotonic,
                    system,
                },
            )
        };
        let mut best = reading();
        for _ in 1..10 {
            if best.0 < QUICK {
                break;
            }
            let next = reading();
            if next.0 < best.0 {
                best = next;
            }
        }
        best.1
    }
}

/// The clock when it was first read.
struct Start {
    /// The processor's counter is read.
    is_counter: bool,
    anchor: Anchor,
}

static START: LazyLock<Start> = LazyLock::new(|| {
    let is_counter = counter::is_reliable();
    Start {
        is_counter,
        anchor: Anchor::new(is_counter),
    }
});

/// The mapping in use.
static WALL: Mutex<Option<Wall>> = Mutex::new(None);

/// Begins, unless the clock has.
pub(crate) fn prepare() {
    LazyLock::force(&START);
}

/// The time now.
#[inline]
pub(crate) fn now() -> Instant {
    Instant(if START.is_counter { counter::read() } else { by_system() })
}

/// Whether at least so many nanoseconds are between two readings.
#[inline]
pub(crate) fn lasted(started: Instant, ended: Instant, nanos: u64) -> bool {
    /// In nanoseconds. Most readings are compared by it, without the rate, which takes a lock.
    const LONGEST_TICK: u64 = 4;
    let ticks = ended.0.saturating_sub(started.0);
    ticks >= nanos / LONGEST_TICK && times(ticks, wall().current.rate) >= nanos
}

#[cold]
fn by_system() -> u64 {
    static BEGAN: LazyLock<time::Instant> = LazyLock::new(time::Instant::now);
    u64::try_from(BEGAN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The wall-clock times of readings. It has no jump unless the wall clock is set: so the times of nested spans nest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall {
    /// Since the last check.
    current: Line,
    /// Before it.
    previous: Line,
    checked: time::Instant,
    interval: Duration,
}

/// From ticks to the wall clock, from one check on. An error of the line before is made up for at first.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// When it begins, and the wall clock then.
    ticks: u64,
    nanos: u64,
    /// The nanoseconds of each tick.
    rate: f64,
    /// For so many ticks, the nanoseconds of each tick are others.
    correcting: u64,
    corrected_rate: f64,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a day of ticks is exact to some nanoseconds in an `f64`"
)]
fn times(ticks: u64, rate: f64) -> u64 {
    (ticks as f64 * rate) as u64
}

impl Line {
    fn straight(now: &Anchor, rate: f64) -> Self {
        Self {
            ticks: now.ticks,
            nanos: unix_nanos(now.system),
            rate,
            correcting: 0,
            corrected_rate: rate,
        }
    }

    #[inline]
    fn at(&self, ticks: u64) -> u64 {
        let Some(since) = ticks.checked_sub(self.ticks) else {
            return self.nanos.saturating_sub(times(self.ticks - ticks, self.rate));
        };
        let corrected = since.min(self.correcting);
        self.nanos + times(corrected, self.corrected_rate) + times(since - corrected, self.rate)
    }
}

impl Wall {
    /// The nanoseconds since 1970.
    #[inline]
    pub(crate) fn at(&self, instant: Instant) -> u64 {
        let line = if instant.0 >= self.current.ticks {
            &self.current
        } else {
            &self.previous
        };
        line.at(instant.0)
    }

    /// The seconds between two readings, whether the wall clock was set meanwhile or not.
    #[cfg(feature = "metrics")]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a day of ticks is exact to some nanoseconds in an `f64`"
    )]
    pub(crate) fn seconds(&self, from: Instant, to: Instant) -> f64 {
        to.0.saturating_sub(from.0) as f64 * self.current.rate / 1e9
    }

    fn new() -> Self {
        let (now, rate, base) = measure();
        let line = Line::straight(&now, rate);
        Self {
            current: line,
            previous: line,
            checked: now.monotonic,
            // A rate that was measured over a short time is not exact for a long one.
            interval: base.clamp(Duration::from_micros(10), INTERVAL),
        }
    }

    /// The mapping from now on, which makes up for its error until the next check.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the ticks of a second"
    )]
    fn checked(self) -> Self {
        let (now, rate, _) = measure();
        let (ours, theirs) = (self.current.at(now.ticks), unix_nanos(now.system));
        let behind = Duration::from_nanos(theirs.saturating_sub(ours));
        let ahead = Duration::from_nanos(ours.saturating_sub(theirs));
        if behind.max(ahead) > SET {
            return Self::new();
        }
        let interval = (2 * self.interval).min(INTERVAL);
        // At most half of the speed more or less. Then the rest is made up for after the next check.
        let correction = (behind.as_secs_f64() - ahead.as_secs_f64()) / interval.as_secs_f64();
        Self {
            current: Line {
                ticks: now.ticks,
                nanos: ours,
                rate,
                correcting: (interval.as_secs_f64() * 1e9 / rate) as u64,
                corrected_rate: rate * (1.0 + correction.clamp(-0.5, 0.5)),
            },
            previous: self.current,
            checked: now.monotonic,
            interval,
        }
    }
}

/// Nanoseconds since 1970, as OTLP has them. An earlier time is 1970.
pub(crate) fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(since.subsec_nanos().into())
}

/// The time of such nanoseconds.
pub(crate) fn system_time(unix_nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}

/// How long a mapping is used without a check.
const INTERVAL: Duration = Duration::from_secs(1);
/// A wall clock that is off by more was set.
const SET: Duration = Duration::from_millis(1);

/// The clock now, the nanoseconds for each tick, and the time over which they were measured.
fn measure() -> (Anchor, f64, Duration) {
    let Start {
        is_counter,
        anchor: start,
    } = &*START;
    let mut now = Anchor::new(*is_counter);
    let base = now.monotonic - start.monotonic;
    // OTLP has no times before 1970: spans that ran then would all last no time.
    now.system = now.system.max(SystemTime::UNIX_EPOCH + base);
    if !is_counter {
        return (now, 1.0, base);
    }
    #[expect(clippy::cast_precision_loss, reason = "the ratio is exact to eleven digits")]
    let rate = base.as_nanos() as f64 / now.ticks.saturating_sub(start.ticks).max(1) as f64;
    (now, rate, base)
}

/// The mapping to the wall clock. It takes a lock: not for the hot path.
pub(crate) fn wall() -> Wall {
    let Some(mut wall) = lock::lock(&WALL) else {
        return Wall::new();
    };
    let now = match *wall {
        Some(known) if known.checked.elapsed() < known.interval => known,
        Some(known) => known.checked(),
        None => Wall::new(),
    };
    *wall = Some(now);
    now
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod counter {
    /// Whether the kernel keeps its own time by the counter: it is constant and the same on all processors.
    pub(super) fn is_reliable() -> bool {
        let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        std::fs::read_to_string(source).is_ok_and(|source| source.trim() == "tsc")
    }

    #[inline]
    pub(super) fn read() -> u64 {
        #[expect(unsafe_code, reason = "the standard library has no safe reader of the counter")]
        // SAFETY: every x86-64 processor has the instruction. It reads a register and no memory. A kernel
        // that forbids it to programs does not use the counter as its clock source.
        unsafe {
            core::arch::x86_64::_rdtsc()
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod counter {
    pub(super) fn is_reliable() -> bool {
        false
    }

    #[inline]
    pub(super) fn read() -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_as_the_system_s_does() {
        let (began, system) = (now(), SystemTime::now());
        std::thread::sleep(Duration::from_millis(20));
        let ended = now();
        // One mapping, as for the times of one span: the next one may have made up for an error.
        let wall = wall();
        let lasted = Duration::from_nanos(wall.at(ended) - wall.at(began));
        let at_most = system.elapsed().unwrap() + Duration::from_millis(5);
        assert!(Duration::from_millis(19) < lasted && lasted < at_most, "{lasted:?}");
    }

    #[test]
    fn is_near_the_wall_clock() {
        let off = wall().at(now()).abs_diff(unix_nanos(SystemTime::now()));
        assert!(Duration::from_nanos(off) < Duration::from_secs(1));
    }

    #[test]
    fn an_error_is_made_up_for_once() {
        let line = Line {
            ticks: 1000,
            nanos: 5000,
            rate: 1.0,
            correcting: 100,
            corrected_rate: 0.5,
        };
        let at = [900, 1000, 1100, 1200, 11_000].map(|ticks| line.at(ticks));
        assert_eq!(at, [4900, 5000, 5050, 5150, 14_950]);
    }

    #[test]
    fn a_check_changes_no_earlier_time() {
        let first = wall();
        let instants: Vec<_> = (0..100).map(|_| now()).collect();
        let before: Vec<_> = instants.iter().map(|instant| first.at(*instant)).collect();
        let second = first.checked();
        let after: Vec<_> = instants.iter().map(|instant| second.at(*instant)).collect();
        // Unless the clock of this machine was set just now.
        assert!(before == after || second.current.nanos == second.previous.nanos);
        assert!(before.is_sorted());
    }
}
