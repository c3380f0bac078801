//! A user's function, called again and again.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tasker_span_runtime::step_span;

use super::latency::Latencies;
use crate::fixture::{Step, Task};

/// How many spans a call makes.
pub(super) const SPANS_PER_CALL: u64 = 2;

#[step_span("step.execution")]
async fn execute(task: &Task, step: &Step, work: Work, input: u64) -> Result<u64, Infallible> {
    handle(work, input).await
}

#[step_span("handler.execution", inherit)]
async fn handle(work: Work, input: u64) -> Result<u64, Infallible> {
    Ok(work.of(input))
}

/// Work of a certain amount, whose result tells that it was done.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    rounds: u64,
}

impl Work {
    /// None.
    pub const NONE: Self = Self { rounds: 0 };

    /// As much as takes about so long, when nothing is in the way.
    pub fn lasting(time: Duration) -> Self {
        const TRIAL: u64 = 100_000;
        let fastest = (0..10).map(|input| {
            let begun = Instant::now();
            black_box(Self { rounds: TRIAL }.of(black_box(input)));
            begun.elapsed()
        });
        let fastest = fastest.min().unwrap_or_default().as_nanos().max(1);
        let rounds = time.as_nanos() * u128::from(TRIAL) / fastest;
        Self {
            rounds: u64::try_from(rounds).unwrap_or(u64::MAX),
        }
    }

    fn of(self, input: u64) -> u64 {
        (0..self.rounds).fold(input, |value, round| {
            (value ^ round).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17)
        })
    }
}

/// What became of some calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    pub(super) made: u64,
    /// Those that returned their value.
    pub(super) returned: u64,
    pub(super) latencies: Latencies,
}

/// Who calls, on one thread, as a program's runtime would.
#[derive(Debug)]
pub(super) struct Caller {
    runtime: tokio::runtime::Runtime,
    task: Task,
    work: Work,
    expected: u64,
}

const INPUT: u64 = 7;

impl Caller {
    pub(super) fn new(work: Work) -> Self {
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            task: Task::default(),
            work,
            expected: work.of(INPUT),
        }
    }

    /// Calls while `goes_on`, which sees how often has been called and is not part of what a call takes.
    pub(super) fn call(&self, calls: &mut Calls, mut goes_on: impl FnMut(u64) -> bool) {
        self.runtime.block_on(async {
            let mut made = 0;
            while goes_on(made) {
                let step = self.task.step();
                let begun = Instant::now();
                let Ok(value) = execute(&self.task, &step, self.work, INPUT).await;
                calls.latencies.add(begun.elapsed());
                made += 1;
                calls.returned += u64::from(value == self.expected);
            }
            calls.made += made;
        });
    }

    /// Calls that often, and forgets about it.
    pub(super) fn call_times(&self, times: u64) {
        self.runtime.block_on(async {
            for _ in 0..times {
                let Ok(_) = execute(&self.task, &self.task.step(), self.work, INPUT).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_differs_by_its_input_and_its_amount() {
        let work = Work { rounds: 10 };
        assert_ne!(work.of(1), work.of(2));
        assert_ne!(work.of(1), Work { rounds: 11 }.of(1));
        assert_eq!(Work::NONE.of(1), 1);
    }

    #[test]
    fn every_call_is_counted() {
        let mut calls = Calls::default();
        Caller::new(Work { rounds: 10 }).call(&mut calls, |made| made < 5);
        assert_eq!((calls.made, calls.returned), (5, 5));
    }
}
