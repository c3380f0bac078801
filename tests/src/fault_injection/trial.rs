//! `Trial`: one fault, tried in turns with it and without it.

use std::thread;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, stats};
use tracing_subscriber::layer::SubscriberExt;

use super::calls::{Calls, SPANS_PER_CALL, Work};
use super::collector_process::CollectorProcess;
use super::fault::Fault;
use super::outcome::Outcome;
use crate::collector::Behaviour;
use crate::servers::wait_for;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Calls between two flushes if nothing may be lost: their spans fit into the queue of 2,048.
const CALLS_PER_FLUSH: u64 = 500;
/// How many spans the overloaded collector takes in a second, and how many times more are emitted.
const CAPACITY: u64 = 1_024;
const FACTOR: u64 = 10;

/// What is to be tried, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What is wrong with the collector.
    pub fault: Fault,
    /// How spans are sent to it.
    pub protocol: Protocol,
    /// How many calls of the function a turn with the fault has.
    pub calls: u64,
    /// And a turn without it.
    pub healthy_calls: u64,
    /// How often there is a turn with the fault, and one without.
    pub rounds: usize,
    /// What the function does.
    pub work: Work,
    /// How long one export may take.
    pub timeout: Duration,
    /// How long an [overload](Fault::Overload) lasts.
    pub overload: Duration,
}

struct Run<'a> {
    trial: &'a Trial,
    telemetry: &'a Telemetry,
    collector: &'a mut CollectorProcess,
    healthy: Calls,
    faulty: Calls,
    /// Spans of the turns without the fault that did not arrive.
    missing: u64,
    /// Spans emitted and taken in the turns with it.
    meanwhile: (u64, u64),
}

impl Trial {
    /// Tries it with a collector that has not been started, in a process that does nothing else and whose allocator is
    /// [`PeakAlloc`].
    ///
    /// # Panics
    ///
    /// If telemetry cannot be set up, or the collector does not come back.
    pub fn run(&self, mut collector: CollectorProcess) -> Outcome {
        let (healthy, faulty) = (Calls::new(self.work), Calls::new(self.work));
        let (heap, before) = (PeakAlloc, PeakAlloc.current_usage());
        heap.reset_peak_usage();
        let options = ExportOptions::new().endpoint(collector.url()).protocol(self.protocol);
        let telemetry = Telemetry::builder().export(options.timeout(self.timeout)).build();
        let telemetry = telemetry.expect("settings that are right");
        let mut run = Run {
            trial: self,
            telemetry: &telemetry,
            collector: &mut collector,
            healthy,
            faulty,
            missing: 0,
            meanwhile: (0, 0),
        };
        let subscriber = tracing_subscriber::registry().with(telemetry.layer());
        tracing::subscriber::with_default(subscriber, || run.turns());
        let Run {
            mut healthy,
            mut faulty,
            missing,
            meanwhile,
            ..
        } = run;
        // The last turn has flushed: nothing waits any more.
        let stats = telemetry.shutdown(PATIENCE).expect("a collector that answers");
        let held = heap.peak_usage().saturating_sub(before);
        healthy.durations.sort_unstable();
        faulty.durations.sort_unstable();
        let counts = collector.counts();
        Outcome {
            fault: self.fault,
            protocol: self.protocol,
            calls: healthy.made + faulty.made,
            returned: healthy.returned + faulty.returned,
            emitted: (healthy.made + faulty.made) * SPANS_PER_CALL,
            arrived: counts.taken,
            rejected: counts.rejected,
            repeated: counts.repeated,
            stats,
            missing,
            meanwhile,
            held,
            largest_request: counts.largest,
            healthy: healthy.durations,
            faulty: faulty.durations,
        }
    }
}

impl Run<'_> {
    /// A program starts once. All other faults come and go.
    fn turns(&mut self) {
        let rounds = if self.trial.fault == Fault::Absent {
            1
        } else {
            self.healthy();
            self.trial.rounds
        };
        for _ in 0..rounds {
            let (made, taken) = (self.faulty.made, self.collector.counts().taken);
            self.faulty();
            self.meanwhile.0 += (self.faulty.made - made) * SPANS_PER_CALL;
            self.meanwhile.1 += self.collector.counts().taken - taken;
            self.healthy();
        }
    }

    /// Everything that is new arrives, once the program has noticed that the collector is as it should be.
    fn healthy(&mut self) {
        self.collector.start();
        wait_for("spans to be exported again", || {
            self.telemetry.flush(PATIENCE).map_err(|error| error.to_string())
        });
        let taken = self.collector.counts().taken;
        let mut calls = self.trial.healthy_calls;
        while calls > 0 {
            let some = CALLS_PER_FLUSH.min(calls);
            self.healthy.make(some);
            // What it could not export is missing.
            let _ = self.telemetry.flush(PATIENCE);
            calls -= some;
        }
        let emitted = self.trial.healthy_calls * SPANS_PER_CALL;
        self.missing += emitted - (self.collector.counts().taken - taken);
    }

    fn faulty(&mut self) {
        if let Some(behaviour) = self.trial.fault.behaviour() {
            self.collector.behave(behaviour);
        }
        match self.trial.fault {
            Fault::Killed => self.killed(),
            Fault::Overload => self.overloaded(),
            fault => {
                let before = stats().spans_export_failed;
                self.faulty.make(self.trial.calls);
                // Until the program has had to give up a batch, however quick its calls were.
                while fault.fails_exports() && stats().spans_export_failed == before {
                    thread::sleep(Duration::from_millis(1));
                    self.faulty.make(1);
                }
            }
        }
    }

    /// It dies over a request that it has read and not answered: the client knows what was answered before. So it is
    /// certain which spans it took.
    fn killed(&mut self) {
        let quarter = self.trial.calls.div_ceil(4);
        self.faulty.make(quarter);
        let hung = self.collector.counts().hung;
        self.collector.behave(Behaviour::Hang);
        while self.collector.counts().hung == hung {
            self.faulty.make(1);
        }
        self.collector.kill();
        self.faulty.make(2 * quarter);
        self.collector.start();
        self.faulty.make(quarter);
    }

    /// Ten times as many spans as the collector takes: on a machine that cannot make them in time, it takes fewer.
    fn overloaded(&mut self) {
        const CALLS_PER_LOOK: u64 = 100;
        const FOR_EVER: Duration = Duration::from_hours(1);
        let slow = self.trial.fault.behaviour().expect("a collector that is there");
        let begun = Instant::now();
        let (made, before) = (self.faulty.made, self.collector.counts().taken);
        let mut is_paused = false;
        loop {
            self.faulty.make(CALLS_PER_LOOK);
            let calls = self.faulty.made - made;
            let emitted = calls * SPANS_PER_CALL;
            let is_enough = emitted >= FACTOR * (self.collector.counts().taken - before);
            if is_enough && calls >= self.trial.calls && begun.elapsed() >= self.trial.overload {
                return;
            }
            if is_paused == is_enough {
                is_paused = !is_enough;
                self.collector
                    .behave(if is_paused { Behaviour::Slow(FOR_EVER) } else { slow });
            }
            if u128::from(emitted) * 1_000 > u128::from(FACTOR * CAPACITY) * begun.elapsed().as_millis() {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}
