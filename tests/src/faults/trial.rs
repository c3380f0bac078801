//! One fault, with and without which a function is called in turns.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, stats};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt;

use super::Work;
use super::calls::SPANS_PER_CALL;
use super::control::Controlled;
use super::fault::Fault;
use super::outcome::Outcome;
use super::turns::{PATIENCE, Run, Turn};

/// What is to be tried, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What is wrong with the collector.
    pub fault: Fault,
    /// How spans are sent to it.
    pub protocol: Protocol,
    /// How many calls of the function a turn has.
    pub calls: u64,
    /// How often there is a turn with the fault, and one without.
    pub rounds: usize,
    /// What the function does.
    pub work: Work,
    /// How long one export may take.
    pub timeout: Duration,
    /// How long an [overload](Fault::Overload) lasts.
    pub overload: Duration,
}

/// Holds off other trials: what is counted, and held, is the process's. To be kept until the outcome is dropped.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trial {
    /// Tries it with a collector that does not listen yet, and has counted nothing, while no other trial runs in the process.
    /// Its allocator must be [`PeakAlloc`], for the outcome to know what was held.
    ///
    /// # Panics
    ///
    /// If telemetry cannot be set up, or the collector does not come back.
    pub fn run(&self, collector: &mut impl Controlled) -> Outcome {
        let mut run = Run::new(self);
        let heap = PeakAlloc;
        heap.reset_peak_usage();
        let before = heap.current_usage();

        let telemetry = Telemetry::builder()
            .export(
                ExportOptions::new()
                    .endpoint(collector.url())
                    .protocol(self.protocol)
                    .timeout(self.timeout),
            )
            .build()
            .unwrap();
        let idle = heap.current_usage().saturating_sub(before);
        let counts = stats();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
        tracing::dispatcher::with_default(&dispatch, || {
            for turn in Turn::of(self.fault, self.rounds) {
                run.turn(turn, &telemetry, &dispatch, collector);
            }
        });
        // The last turn has flushed: nothing waits any more.
        let report = telemetry.shutdown(PATIENCE).unwrap();
        let held = heap.peak_usage().saturating_sub(before);
        let taken = collector.counts();
        Outcome {
            fault: self.fault,
            protocol: self.protocol,
            calls: run.healthy.made + run.faulty.made,
            faulty_calls: run.faulty.made,
            returned: run.healthy.returned + run.faulty.returned,
            emitted: (run.healthy.made + run.faulty.made) * SPANS_PER_CALL + run.flooded,
            started: stats().spans_started - counts.spans_started,
            arrived: taken.taken,
            rejected: taken.rejected,
            repeated: taken.repeated,
            report,
            missing: run.missing,
            overload: run.overload,
            idle,
            held,
            largest_request: taken.largest,
            healthy: run.healthy.latencies,
            faulty: run.faulty.latencies,
        }
    }
}
