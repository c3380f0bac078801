//! The clock of spans: the processor's counter where the operating system relies on it, and
//! `std::time::Instant` otherwise. Nothing is measured before the first span.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{self, Duration, SystemTime};

/// A reading of the clock: ticks of the counter, or nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(u64);

/// The clock at one moment, by each of its sources.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    ticks: u64,
    monotonic: time::Instant,
    system: SystemTime,
}

impl Anchor {
    fn new(is_counter: bool) -> Self {
        Self {
            ticks: if is_counter { counter::read() } else { by_system() },
            monotonic: time::Instant::now(),
            system: SystemTime::now(),
        }
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
    Start { is_counter, anchor: Anchor::new(is_counter) }
});

/// The mapping in use, renewed when it is off.
static WALL: Mutex<Option<Wall>> = Mutex::new(None);

/// The time now.
#[inline]
pub(crate) fn now() -> Instant {
    Instant(if START.is_counter { counter::read() } else { by_system() })
}

#[cold]
fn by_system() -> u64 {
    static BEGAN: LazyLock<time::Instant> = LazyLock::new(time::Instant::now);
    u64::try_from(BEGAN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The wall-clock times of readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall {
    anchor: Anchor,
    /// Nanoseconds for each tick.
    rate: f64,
    checked: time::Instant,
    /// When to check next: a rate that was measured over a short time is not exact for a long one.
    interval: Duration,
}

impl Wall {
    pub(crate) fn at(&self, instant: Instant) -> SystemTime {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a day of ticks is exact to some nanoseconds in an `f64`"
        )]
        let nanos = |ticks: u64| Duration::from_nanos((ticks as f64 * self.rate) as u64);
        let anchor = &self.anchor;
        if instant.0 >= anchor.ticks {
            anchor.system + nanos(instant.0 - anchor.ticks)
        } else {
            let before = nanos(anchor.ticks - instant.0);
            anchor.system.checked_sub(before).unwrap_or(anchor.system)
        }
    }

    fn new() -> Self {
        let (start, is_counter) = (START.anchor, START.is_counter);
        let anchor = Anchor::new(is_counter);
        let base = anchor.monotonic - start.monotonic;
        #[expect(clippy::cast_precision_loss, reason = "the ratio is exact to eleven digits")]
        let rate = if is_counter {
            base.as_nanos() as f64 / anchor.ticks.saturating_sub(start.ticks).max(1) as f64
        } else {
            1.0
        };
        Self { anchor, rate, checked: anchor.monotonic, interval: base.min(Duration::from_secs(1)) }
    }

    /// Whether the wall clock is elsewhere by now, because it was set or the rate was not exact.
    fn is_off(&self) -> bool {
        const MOST: Duration = Duration::from_micros(200);
        let (ours, theirs) = (self.at(now()), SystemTime::now());
        let off = theirs.duration_since(ours).or_else(|_| ours.duration_since(theirs));
        off.is_ok_and(|off| off > MOST)
    }
}

/// The mapping to the wall clock. It takes a lock: not for the hot path.
pub(crate) fn wall() -> Wall {
    let mut latest = WALL.lock().unwrap_or_else(PoisonError::into_inner);
    let is_due = |wall: &Wall| wall.checked.elapsed() >= wall.interval;
    // One mapping is used as long as it is right, so that the times of nested spans nest.
    let known = latest.filter(|wall| !is_due(wall) || !wall.is_off());
    let mut wall = known.unwrap_or_else(Wall::new);
    if is_due(&wall) {
        wall.interval = (wall.interval + wall.checked.elapsed()).min(Duration::from_secs(1));
        wall.checked = time::Instant::now();
    }
    *latest = Some(wall);
    wall
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
        let lasted = wall().at(ended).duration_since(wall().at(began)).unwrap();
        let at_most = system.elapsed().unwrap() + Duration::from_millis(5);
        assert!(Duration::from_millis(19) < lasted && lasted < at_most, "{lasted:?}");
    }

    #[test]
    fn is_near_the_wall_clock() {
        let off = |time: SystemTime| {
            let now = SystemTime::now();
            now.duration_since(time).or_else(|_| time.duration_since(now)).unwrap()
        };
        assert!(off(wall().at(now())) < Duration::from_secs(1));
    }
}
