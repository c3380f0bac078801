//! A worker process: runs one subject under global telemetry of its own, as a program does.

mod calls;
mod timed;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use tasker_span_runtime::stats;

use self::calls::Calls;
use self::timed::{Threads, time};
use crate::instrumentation::Instrumentation;
use crate::process;
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::telemetry::{Destination, Installed};

/// The subject of a worker, and its surroundings.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) subject: Subject,
    pub(crate) destination: Destination,
    /// How many namespaces have rates of their own.
    pub(crate) namespaces: usize,
}

impl Role {
    pub(crate) fn new(subject: Subject, destination: &Destination, scenario: Scenario) -> Self {
        let (destination, namespaces) = (destination.clone(), scenario.namespaces());
        Self {
            subject,
            destination,
            namespaces,
        }
    }
}

/// A turn to run, with so many calls at least.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) scenario: Scenario,
    pub(crate) calls: usize,
}

/// The result of a turn.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The time of the calling thread, without exporting.
    pub(crate) wall: Duration,
    /// The CPU time of the process, with exporting.
    pub(crate) cpu: Duration,
    pub(crate) calls: usize,
    /// The exported spans, with those of the warm-up.
    pub(crate) exported: u64,
}

/// Runs turns until standard input ends.
pub(crate) fn serve(role: &Role) -> Result<()> {
    let mut worker = Worker::new(role)?;
    process::serve(|turn| worker.run(turn))
}

struct Worker {
    subject: Subject,
    telemetry: Installed,
    calls: Calls,
    threads: Threads,
    /// The length of the queue of spans, and the places that are taken in it.
    queue: usize,
    queued: usize,
    /// All spans and all executed steps until now.
    spans: u64,
    steps: u64,
}

/// Calls before each turn that are not measured, so that its code and data are in the processor's
/// caches.
const WARM_UP: usize = 200;
/// Calls before the first turn, so that the memory of the process is there, as in a program that has run for a while. Unoptimised,
/// the command only shows that it works.
const FIRST: usize = if cfg!(debug_assertions) { 400 } else { 40_000 };
/// The SDK's defaults for the queue and for a batch.
const QUEUE: usize = 2_048;
const BATCH: usize = 512;
const DURATIONS: usize = 1_024;
/// Calls inside one span: fastrace loses those beyond 10,240.
const MOST_INSIDE: usize = 10_000;

impl Worker {
    fn new(role: &Role) -> Result<Self> {
        let queue = match (&role.destination, std::env::var("OTEL_BSP_MAX_QUEUE_SIZE")) {
            // What a thread keeps of durations.
            _ if role.subject == Subject::UnsampledMeasured => DURATIONS,
            _ if !role.subject.is_exported() => usize::MAX,
            // Full batches, one at a time: the exports of a program that never loses a span.
            (Destination::Collector(..), _) => BATCH,
            (_, Ok(size)) => size.parse().context("reading the size of the queue")?,
            _ => QUEUE,
        };
        let queue = match role.subject {
            // Its own queue has 10,240 places, of which a span takes several, whatever is set.
            Subject::Fastrace => queue.min(QUEUE),
            _ => queue,
        };
        Ok(Self {
            subject: role.subject,
            telemetry: Installed::new(role.subject, &role.destination, role.namespaces)?,
            calls: Calls::default(),
            threads: Threads::default(),
            queue,
            queued: 0,
            spans: 0,
            steps: 0,
        })
    }

    fn run(&mut self, Turn { scenario, calls }: Turn) -> Result<Answer> {
        let before = self.telemetry.exported();
        if self.spans + self.steps == 0 {
            self.groups(Scenario::Steps, FIRST)?;
        }
        // A long task is warm soon enough.
        if !matches!(scenario, Scenario::StepsPerTask(steps) if steps as usize > WARM_UP) {
            self.groups(scenario, (calls / 8).clamp(1, WARM_UP))?;
        }
        let cpu = cpu_time();
        let (wall, calls) = self.groups(scenario, calls)?;
        let cpu = cpu_time().saturating_sub(cpu);
        let exported = self.telemetry.exported() - before;
        Ok(Answer {
            wall,
            cpu,
            calls,
            exported,
        })
    }

    /// Runs so many calls at least: whole tasks, or the same number on each thread.
    fn groups(&mut self, scenario: Scenario, calls: usize) -> Result<(Duration, usize)> {
        let group = match scenario {
            Scenario::StepsPerTask(steps) => steps as usize,
            Scenario::Threads(threads) => calls.next_multiple_of(threads as usize),
            _ if scenario.is_inside_a_step() => calls.min(MOST_INSIDE),
            _ => calls,
        };
        let groups = calls.div_ceil(group);
        let mut wall = Duration::ZERO;
        for _ in 0..groups {
            wall += self.group(scenario, group)?;
        }
        self.flush()?;
        self.check(scenario)?;
        Ok((wall, groups * group))
    }

    /// Runs calls inside the span that encloses them in the scenario.
    fn group(&mut self, scenario: Scenario, calls: usize) -> Result<Duration> {
        self.calls.begin(self.subject, scenario);
        let is_step = scenario.is_inside_a_step();
        self.steps += if is_step { 1 } else { calls as u64 };
        let first = self.calls.first();
        let wall = with_instrumentation!(self.subject, I => match scenario {
            _ if is_step => I::enclosing_step(&first, || self.chunks(scenario, calls)),
            Scenario::StepsPerTask(_) => I::enclosing_task(&first, || self.chunks(scenario, calls)),
            _ => return self.chunks(scenario, calls),
        });
        self.queued += 1;
        self.spans += 1;
        wall
    }

    /// Runs calls, with an export before the queue is full. It has room for the enclosing span.
    fn chunks(&mut self, scenario: Scenario, calls: usize) -> Result<Duration> {
        let places = scenario.queue_places();
        let most = (self.queue - 1) / places;
        let (mut wall, mut left) = (Duration::ZERO, calls);
        while left > 0 {
            let now = match scenario {
                Scenario::Threads(threads) => left.min(most - most % threads as usize),
                _ => left.min(most),
            };
            if self.queued + now * places >= self.queue {
                self.flush()?;
            }
            wall += with_instrumentation!(self.subject, I => time::<I>(scenario, &self.calls, now, &mut self.threads));
            self.calls.advance(now);
            self.queued += now * places;
            self.spans += (now * scenario.spans_per_call()) as u64;
            left -= now;
        }
        Ok(wall)
    }

    fn flush(&mut self) -> Result<()> {
        self.queued = 0;
        self.telemetry.flush()
    }

    fn check(&self, scenario: Scenario) -> Result<()> {
        let context = || format!("{:?}, {scenario:?}", self.subject);
        self.telemetry.check(self.spans).with_context(context)?;
        let (unsampled, steps) = (stats().steps_unsampled, self.steps);
        let is_counted = !self.subject.is_ours_unsampled() || unsampled == steps;
        ensure!(is_counted, "{scenario:?}: {unsampled} unsampled steps of {steps}");
        Ok(())
    }
}

/// Of all threads of this process.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanoseconds)
}
