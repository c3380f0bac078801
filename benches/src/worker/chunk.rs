//! As many calls as fit into the queue in front of the exporter, timed.

use std::fmt;
use std::time::Duration;

use super::calls::{Cycle, Window};
use super::team::Team;
use super::timed::time;
use crate::calls::Call;
use crate::failure::Failure;
use crate::instrumentation::{Fastrace, Instrument, Instrumentation, OpenTelemetry, Ours, Plain};
use crate::scenario::Scenario;
use crate::setup::Destination;
use crate::subject::Subject;

/// What a chunk took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) wall: Duration,
    pub(super) calls: u64,
    /// How many spans that made, with those around what was timed.
    pub(super) spans: u64,
    /// How many steps were executed: of those, our statistics tell what was dropped.
    pub(super) steps: u64,
}

/// Runs chunks of one subject.
pub(super) struct Chunks {
    /// How many spans may end before they are flushed; as many as one likes where none is exported.
    limit: Option<u64>,
    /// Otherwise there is nothing that new ids could make a difference to, and making them would be most of what is timed.
    reads_ids: bool,
    /// Each poll has a place in fastrace's queue.
    submits_polls: bool,
    run: fn(&mut Team, Scenario, Window<'_>) -> Duration,
    around_task: fn(&Call, &mut dyn FnMut()),
    team: Team,
}

/// The SDK's queue, unless the environment says otherwise.
const QUEUE: u64 = 2_048;
/// The SDK's batch.
const BATCH: u64 = 512;
/// What each thread's queue of fastrace holds, with some of it to spare.
const COMMANDS: u64 = 9_000;
/// A root's begin, its span, what was inside, and its end.
const COMMANDS_OF_A_ROOT: u64 = 4;
const PER_THREAD: u64 = COMMANDS / COMMANDS_OF_A_ROOT;
/// The span around what is timed.
const AROUND: u64 = 1;

impl Chunks {
    pub(super) fn new(subject: Subject, destination: &Destination) -> Result<Self, Failure> {
        let limit = match destination {
            _ if !subject.is_exported() => None,
            // Full batches, one at a time: what a program exports that never loses one.
            Destination::Collector(_) => Some(BATCH),
            Destination::Nowhere | Destination::Dropped => Some(queue()?),
        };
        Ok(match subject {
            Subject::Plain => Self::without_ids(Self::of::<Plain>(limit)),
            Subject::Kept | Subject::SampledAmongRates | Subject::Dropped => Self::of::<Ours>(limit),
            Subject::Off => Self::without_ids(Self::of::<Ours>(limit)),
            Subject::Instrument
            | Subject::LeanInstrument
            | Subject::DroppedInstrument
            | Subject::DroppedLeanInstrument => Self::of::<Instrument>(limit),
            Subject::OffInstrument => Self::without_ids(Self::of::<Instrument>(limit)),
            Subject::OpenTelemetry => Self::of::<OpenTelemetry>(limit),
            Subject::Fastrace => Self {
                submits_polls: true,
                ..Self::of::<Fastrace>(limit)
            },
        })
    }

    fn of<I: Instrumentation>(limit: Option<u64>) -> Self {
        Self {
            limit,
            reads_ids: true,
            submits_polls: false,
            run: time::<I>,
            around_task: |call, work| I::task(call, work),
            team: Team::new(I::step),
        }
    }

    fn without_ids(self) -> Self {
        Self {
            reads_ids: false,
            ..self
        }
    }

    /// Runs at most so many calls.
    pub(super) fn run(
        &mut self,
        scenario: Scenario,
        calls: &mut Cycle,
        wanted: u64,
        flush: &dyn Fn() -> Result<(), Failure>,
    ) -> Result<Chunk, Failure> {
        if let Scenario::StepsPerTask(steps) = scenario {
            return self.run_tasks(scenario, calls, steps.into(), wanted, flush);
        }
        let around = match scenario {
            Scenario::Handlers | Scenario::InheritingHandlers => AROUND,
            _ => 0,
        };
        let per_call = scenario.spans_per_call();
        let limit = match (self.limit, scenario) {
            (Some(limit), Scenario::Threads(threads)) => limit.min(PER_THREAD * u64::from(threads)),
            (Some(limit), Scenario::Polled(polls)) if self.submits_polls => {
                limit.min(COMMANDS / (u64::from(polls) + COMMANDS_OF_A_ROOT))
            }
            (Some(limit), _) => (limit - around) / per_call,
            (None, _) => u64::MAX,
        };
        let calls_now = match scenario {
            // The same number for each of them.
            Scenario::Threads(threads) => {
                let threads = u64::from(threads);
                (wanted.min(limit) / threads).max(1) * threads
            }
            _ => wanted.min(limit),
        };
        let window = calls
            .take(scenario, calls_now)
            .with_fresh_ids(self.reads_ids && around == 0);
        Ok(Chunk {
            wall: (self.run)(&mut self.team, scenario, window),
            calls: calls_now,
            spans: calls_now * per_call + around,
            steps: if around > 0 { around } else { calls_now },
        })
    }

    /// Whole tasks, as many as are flushed together, or one that is flushed while it goes on.
    fn run_tasks(
        &mut self,
        scenario: Scenario,
        calls: &mut Cycle,
        steps: u64,
        wanted: u64,
        flush: &dyn Fn() -> Result<(), Failure>,
    ) -> Result<Chunk, Failure> {
        let fitting = self.limit.map_or(u64::MAX, |limit| limit / (steps + AROUND));
        let tasks = wanted.div_ceil(steps).min(fitting).max(1);
        let mut wall = Duration::ZERO;
        for _ in 0..tasks {
            wall += self.run_task(scenario, calls, steps, flush)?;
        }
        Ok(Chunk {
            wall,
            calls: tasks * steps,
            spans: tasks * (steps + AROUND),
            steps: tasks * steps,
        })
    }

    /// One task with all of its steps, of which the steps are timed.
    fn run_task(
        &mut self,
        scenario: Scenario,
        calls: &mut Cycle,
        steps: u64,
        flush: &dyn Fn() -> Result<(), Failure>,
    ) -> Result<Duration, Failure> {
        let task = calls.take(scenario, 0).first();
        let (mut wall, mut left, mut flushed) = (Duration::ZERO, steps, Ok(()));
        let limit = self.limit.map_or(u64::MAX, |limit| limit - AROUND);
        (self.around_task)(&task, &mut || {
            while left > 0 && flushed.is_ok() {
                let now = left.min(limit);
                wall += (self.run)(&mut self.team, scenario, calls.take(scenario, now));
                left -= now;
                if left > 0 {
                    flushed = flush();
                }
            }
        });
        flushed.map(|()| wall)
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

fn queue() -> Result<u64, Failure> {
    match std::env::var("OTEL_BSP_MAX_QUEUE_SIZE") {
        Ok(size) => size.parse().map_err(Failure::of("reading the size of the queue")),
        Err(_) => Ok(QUEUE),
    }
}
