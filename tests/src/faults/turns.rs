//! The turns of a trial: with the fault, and without.

use std::thread;
use std::time::Duration;

use tasker_span_runtime::{Telemetry, stats};
use tracing::Dispatch;

use super::calls::{Caller, Calls, SPANS_PER_CALL};
use super::control::Controlled;
use super::fault::Fault;
use super::flood::{FACTOR, Flood};
use super::killing::Killing;
use super::latency::Latencies;
use super::trial::Trial;
use crate::collector::Behaviour;
use crate::servers::wait_for;

/// Far more than anything here takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Calls between two flushes where nothing may be lost: their spans fit into the queue of 2,048.
const CALLS_PER_FLUSH: u64 = 500;
/// How long a collector that is overloaded needs for a batch of 512.
pub(super) const DELAY: Duration = Duration::from_millis(500);
/// How many spans it takes in a second.
const CAPACITY: u64 = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing is wrong.
    Healthy,
    /// Nothing is wrong but the number of spans.
    Flooded,
    /// The fault holds.
    Faulty,
}

impl Turn {
    /// Those of a trial: without the fault, and then with and without so many times. A program starts once, and an overload is
    /// long.
    pub(super) fn of(fault: Fault, rounds: usize) -> Vec<Self> {
        match fault {
            Fault::Absent => vec![Self::Faulty, Self::Healthy],
            Fault::Overload => vec![Self::Flooded, Self::Faulty, Self::Healthy],
            _ => {
                let rounds = [Self::Faulty, Self::Healthy].repeat(rounds);
                [vec![Self::Healthy], rounds].concat()
            }
        }
    }
}

/// What happens in the turns of a trial.
#[derive(Debug)]
pub(super) struct Run<'a> {
    trial: &'a Trial,
    caller: Caller,
    pub(super) healthy: Calls,
    pub(super) faulty: Calls,
    pub(super) flooded: u64,
    /// Of the flood of the fault, and what was taken meanwhile.
    pub(super) overload: Option<(u64, u64)>,
    /// Spans of healthy turns that did not arrive.
    pub(super) missing: u64,
}

impl<'a> Run<'a> {
    pub(super) fn new(trial: &'a Trial) -> Self {
        // Room for all latencies: to measure must not be what holds memory.
        let calls = || Calls {
            latencies: Latencies::with_capacity(100_000),
            ..Calls::default()
        };
        Self {
            trial,
            caller: Caller::new(trial.work),
            healthy: calls(),
            faulty: calls(),
            flooded: 0,
            overload: None,
            missing: 0,
        }
    }

    pub(super) fn turn(
        &mut self,
        turn: Turn,
        telemetry: &Telemetry,
        dispatch: &Dispatch,
        collector: &mut impl Controlled,
    ) {
        match turn {
            Turn::Healthy => self.healthy(telemetry, collector),
            Turn::Flooded => {
                recover(telemetry, collector);
                let time = self.trial.overload / 6;
                self.flood(Turn::Flooded, time, dispatch, collector);
            }
            Turn::Faulty => {
                if let Some(behaviour) = self.trial.fault.behaviour() {
                    collector.start();
                    if self.trial.fault != Fault::Killed {
                        collector.behave(behaviour);
                    }
                }
                self.faulty(dispatch, collector);
            }
        }
    }

    /// Everything that is new arrives.
    fn healthy(&mut self, telemetry: &Telemetry, collector: &mut impl Controlled) {
        recover(telemetry, collector);
        let taken = collector.counts().taken;
        let mut calls = 0;
        while calls < self.trial.calls {
            let some = CALLS_PER_FLUSH.min(self.trial.calls - calls);
            self.caller.call(&mut self.healthy, |made| made < some);
            // What it could not export is missing.
            let _ = telemetry.flush(PATIENCE);
            calls += some;
        }
        self.missing += calls * SPANS_PER_CALL - (collector.counts().taken - taken);
    }

    fn faulty(&mut self, dispatch: &Dispatch, collector: &mut impl Controlled) {
        let calls = self.trial.calls;
        match self.trial.fault {
            Fault::Overload => self.flood(Turn::Faulty, self.trial.overload, dispatch, collector),
            Fault::Killed => {
                let mut killing = Killing::new(calls, collector);
                self.caller.call(&mut self.faulty, |made| killing.goes_on(made));
            }
            fault => {
                // Until the program has had to give up a batch, however quick its calls are.
                let failed = || stats().spans_export_failed;
                let before = failed();
                let is_felt = || !fault.fails_exports() || failed() > before;
                self.caller.call(&mut self.faulty, |made| made < calls || !is_felt());
            }
        }
    }

    /// Calls while there is a flood, of more than the collector takes where that is slow.
    fn flood(&mut self, turn: Turn, time: Duration, dispatch: &Dispatch, collector: &mut impl Controlled) {
        const CALLS_PER_LOOK: u64 = 20;
        let flood = Flood::new(FACTOR * CAPACITY);
        let before = collector.counts().taken;
        let mut taken = 0;
        thread::scope(|scope| {
            scope.spawn(|| flood.emit(dispatch));
            let calls = match turn {
                Turn::Faulty => &mut self.faulty,
                Turn::Healthy | Turn::Flooded => &mut self.healthy,
            };
            self.caller.call(calls, |made| {
                if made % CALLS_PER_LOOK > 0 {
                    return true;
                }
                taken = collector.counts().taken - before;
                if turn == Turn::Faulty {
                    flood.taken(taken);
                    // On a machine that cannot make so many spans the collector takes fewer.
                    let delay = if flood.is_enough() { DELAY } else { 4 * DELAY };
                    collector.behave(Behaviour::Slow(delay));
                }
                !flood.has_lasted(time)
            });
            flood.end();
        });
        self.flooded += flood.emitted();
        if turn == Turn::Faulty {
            self.overload = Some((flood.emitted(), taken));
        }
    }
}

/// The collector is as it should be, and the program has noticed.
fn recover(telemetry: &Telemetry, collector: &mut impl Controlled) {
    collector.start();
    collector.behave(Behaviour::Take);
    wait_for("spans are exported again", || {
        telemetry.flush(PATIENCE).map_err(|error| error.to_string())
    });
}
