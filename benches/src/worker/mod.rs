//! A process that runs one subject under its own telemetry, which is the process's global one as in a real program. It is
//! told on standard input what to run, and answers on standard output how long that took.

mod calls;
mod chunk;
mod protocol;
mod team;
mod timed;

use std::io::{BufRead, Write};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use self::calls::Cycle;
use self::chunk::Chunks;
pub use self::protocol::{Answer, Order};
use crate::failure::Failure;
use crate::scenario::Scenario;
use crate::setup::{Destination, Installed};
use crate::subject::Subject;

/// Which worker this process is.
#[derive(Clone, Debug)]
pub struct Role {
    /// What it runs.
    pub subject: Subject,
    /// Where its spans go.
    pub destination: Destination,
    /// How many namespaces have rates of their own.
    pub namespaces: u32,
}

/// How many calls come before those that count, so that code and data are where they are in a busy program.
const WARM_UP: u64 = 200;

/// Serves orders until there are no more.
pub fn serve(role: &Role) -> Result<(), Failure> {
    let mut worker = Worker::new(role)?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(Failure::of("reading an order"))?;
        let answer = line.parse().and_then(|order| worker.carry_out(order));
        let mut output = std::io::stdout().lock();
        let written = match answer {
            Ok(answer) => writeln!(output, "{answer}"),
            Err(failure) => writeln!(output, "failed: {failure}"),
        };
        written
            .and_then(|()| output.flush())
            .map_err(Failure::of("answering"))?;
    }
    Ok(())
}

/// A subject in this process.
#[derive(Debug)]
pub struct Worker {
    subject: Subject,
    telemetry: Installed,
    chunks: Chunks,
    calls: Cycle,
    /// How many spans the exporter must have been given by now.
    expected: u64,
    /// How many steps were executed.
    steps: u64,
}

impl Worker {
    /// Installs the telemetry of this process.
    pub fn new(role: &Role) -> Result<Self, Failure> {
        Ok(Self {
            subject: role.subject,
            telemetry: Installed::new(role.subject, &role.destination, role.namespaces)?,
            chunks: Chunks::new(role.subject, &role.destination)?,
            calls: Cycle::default(),
            expected: 0,
            steps: 0,
        })
    }

    /// Warms up, then runs and measures in chunks, between which everything is exported.
    pub fn carry_out(&mut self, order: Order) -> Result<Answer, Failure> {
        let Order { scenario, calls } = order;
        let before = self.expected;
        self.run(scenario, warm_up(scenario, calls))?;
        let cpu = cpu_time();
        let (wall, calls) = self.run(scenario, calls)?;
        Ok(Answer {
            wall,
            cpu: cpu_time().saturating_sub(cpu),
            calls,
            exported: self.expected - before,
        })
    }

    fn run(&mut self, scenario: Scenario, calls: u64) -> Result<(Duration, u64), Failure> {
        let (mut wall, mut done) = (Duration::ZERO, 0);
        while done < calls {
            let telemetry = &self.telemetry;
            let chunk = self
                .chunks
                .run(scenario, &mut self.calls, calls - done, &|| telemetry.flush())?;
            self.telemetry.flush()?;
            wall += chunk.wall;
            done += chunk.calls;
            self.steps += chunk.steps;
            if self.subject.is_exported() {
                self.expected += chunk.spans;
            }
            self.check(scenario)?;
        }
        Ok((wall, done))
    }

    fn check(&self, scenario: Scenario) -> Result<(), Failure> {
        let (expected, exported) = (self.expected, self.telemetry.exported());
        let subject = self.subject.label();
        if exported != expected {
            let message = format!("{subject}, {scenario}: {exported} spans exported where {expected} were expected");
            return Err(Failure::new(message));
        }
        if let Some(dropped) = self.telemetry.dropped()
            && dropped != self.steps
        {
            let steps = self.steps;
            let message = format!("{subject}, {scenario}: {dropped} steps dropped of {steps} that were executed");
            return Err(Failure::new(message));
        }
        match self.telemetry.incomplete() {
            0 => Ok(()),
            incomplete => Err(Failure::new(format!(
                "{subject}, {scenario}: {incomplete} spans have not all of their attributes"
            ))),
        }
    }
}

fn warm_up(scenario: Scenario, calls: u64) -> u64 {
    match scenario {
        // A task is run as a whole, and a long one is warm soon enough.
        Scenario::StepsPerTask(steps) if u64::from(steps) > WARM_UP => 0,
        _ => (calls / 8).clamp(1, WARM_UP),
    }
}

/// What all threads of this process have used of its processors.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}
