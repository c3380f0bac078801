//! More spans than the exporter can take.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tracing::Dispatch;

use super::Work;
use super::calls::{Caller, SPANS_PER_CALL};

/// Calls that do nothing but make spans, from a thread of their own.
#[derive(Debug)]
pub(super) struct Flood {
    per_second: u64,
    begun: Instant,
    emitted: AtomicU64,
    taken: AtomicU64,
    ends: AtomicBool,
}

/// How many times as many spans are emitted as are taken.
pub(super) const FACTOR: u64 = 10;
/// Calls after which it looks up.
const BURST: u64 = 50;
/// Where it has emitted what it should.
const PAUSE: Duration = Duration::from_millis(5);

impl Flood {
    pub(super) fn new(spans_per_second: u64) -> Self {
        Self {
            per_second: spans_per_second,
            begun: Instant::now(),
            emitted: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            ends: AtomicBool::new(false),
        }
    }

    /// Emits at its rate, and in any case [`FACTOR`] times what the collector has taken, until it is [ended](Self::end).
    pub(super) fn emit(&self, dispatch: &Dispatch) {
        let caller = Caller::new(Work::NONE);
        tracing::dispatcher::with_default(dispatch, || {
            while !self.ends.load(Ordering::Relaxed) {
                let due = self.due().max(FACTOR * self.taken.load(Ordering::Relaxed));
                let calls = due.saturating_sub(self.emitted()).div_ceil(SPANS_PER_CALL);
                if calls == 0 {
                    thread::sleep(PAUSE);
                }
                let calls = calls.min(BURST);
                caller.call_times(calls);
                self.emitted.fetch_add(calls * SPANS_PER_CALL, Ordering::Relaxed);
            }
        });
    }

    /// What the collector has taken since this began.
    pub(super) fn taken(&self, spans: u64) {
        self.taken.store(spans, Ordering::Relaxed);
    }

    /// Whether it is as large as it is to be.
    pub(super) fn is_enough(&self) -> bool {
        self.emitted() >= FACTOR * self.taken.load(Ordering::Relaxed)
    }

    /// Whether it has lasted so long, and is as large as it is to be.
    pub(super) fn has_lasted(&self, time: Duration) -> bool {
        self.begun.elapsed() >= time && self.is_enough()
    }

    pub(super) fn end(&self) {
        self.ends.store(true, Ordering::Relaxed);
    }

    pub(super) fn emitted(&self) -> u64 {
        self.emitted.load(Ordering::Relaxed)
    }

    fn due(&self) -> u64 {
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.per_second.saturating_mul(millis) / 1000
    }
}
