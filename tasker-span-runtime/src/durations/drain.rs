//! From the rings into the histograms. No measurement is lost: a thread whose ring is full records its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock};
use std::thread::{self, Thread};

use opentelemetry::metrics::Meter;

use super::instruments::Instruments;
use super::measurement::Measurement;
use super::ring::Pushed;
use super::rings;
use super::series::Series;
use crate::lock::lock;
use crate::{clock, fork};

/// A meter is registered.
static ON: AtomicBool = AtomicBool::new(false);
static SERIES: LazyLock<Mutex<Series>> = LazyLock::new(|| Mutex::new(Series::new()));
/// Empties the rings before they are full.
static THREAD: OnceLock<Option<Thread>> = OnceLock::new();

/// How many measurements are recorded while a thread whose ring is full may wait.
const AT_ONCE: usize = 32;

/// Whether durations are measured.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Adds the histograms to the meter, and measures from now on.
pub(crate) fn register(meter: &Meter) {
    // What was measured until now is of the meters before.
    drain();
    let instruments = Instruments::new(meter);
    if let Some(mut series) = series() {
        series.add(instruments);
    }
    ON.store(true, Ordering::Relaxed);
    THREAD.get_or_init(|| {
        let thread = thread::Builder::new().name("tasker-span-metrics".to_owned());
        // Without it, threads record what finds no room.
        let thread = thread.spawn(|| {
            loop {
                thread::park();
                drain();
            }
        });
        thread.ok().map(|thread| thread.thread().clone())
    });
}

/// Records a duration: soon, and before any reader collects.
#[inline]
pub(crate) fn record(measurement: Measurement) {
    match rings::push(measurement) {
        Pushed::Yes => {}
        Pushed::HalfFull => wake(),
        Pushed::Full => record_now(measurement),
    }
}

#[cold]
fn wake() {
    if let Some(Some(thread)) = THREAD.get() {
        thread.unpark();
    }
}

#[cold]
fn record_now(measurement: Measurement) {
    // A meter of the program's own that ends spans would wait for itself. The meters of the parent process have no reader in a
    // child, and perhaps locks that stay locked.
    if rings::is_recording() || fork::is_child() {
        return;
    }
    let wall = clock::wall();
    rings::recording(|| {
        if let Some(mut series) = series() {
            series.record(measurement, &wall);
        }
    });
}

/// Records all that was measured before the call.
pub(crate) fn drain() {
    /// The rings have one taker at a time. The memory is kept.
    static TAKER: Mutex<Vec<Measurement>> = Mutex::new(Vec::new());
    if rings::is_recording() {
        return;
    }
    let Some(mut taken) = lock(&TAKER) else { return };
    let wall = clock::wall();
    for ring in rings::all() {
        // A thread that goes on measuring does not keep this one for ever.
        let mut left = super::ring::LEN;
        while left > 0 {
            taken.clear();
            ring.take(AT_ONCE.min(left), &mut taken);
            if taken.is_empty() {
                break;
            }
            left -= taken.len();
            rings::recording(|| {
                let Some(mut series) = series() else { return };
                for measurement in &*taken {
                    series.record(*measurement, &wall);
                }
            });
        }
    }
}

fn series() -> Option<MutexGuard<'static, Series>> {
    lock(&SERIES)
}
