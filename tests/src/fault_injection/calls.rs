//! `Work` and `Calls`: an annotated function, called again and again.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tasker_span_runtime::step_span;

use crate::fixture::{Step, Task};

/// How many spans a call makes.
pub(super) const SPANS_PER_CALL: u64 = 2;

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: Work, input: u64) -> Result<u64, Infallible> {
    handle(work, input)
}

#[step_span("handler.execution", inherit)]
fn handle(work: Work, input: u64) -> Result<u64, Infallible> {
    Ok(work.of(input))
}

/// Work of a certain amount, whose result tells that it was done.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    rounds: u64,
}

impl Work {
    /// Next to none: what a call takes is what its spans take.
    pub const LEAST: Self = Self { rounds: 1 };

    /// As much as takes about this time when nothing is in the way.
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
            rounds: rounds.try_into().unwrap_or(u64::MAX),
        }
    }

    fn of(self, input: u64) -> u64 {
        (0..self.rounds).fold(input, |value, round| {
            (value ^ round).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17)
        })
    }
}

/// Calls of one function, and what became of them.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    task: Task,
    work: Work,
    pub(super) made: u64,
    /// Those that returned their value.
    pub(super) returned: u64,
    pub(super) durations: Vec<Duration>,
}

impl Calls {
    /// Has room for the durations: to measure them must not be what holds memory.
    pub(super) fn new(work: Work) -> Self {
        Self {
            task: Task::default(),
            work,
            made: 0,
            returned: 0,
            durations: Vec::with_capacity(500_000),
        }
    }

    pub(super) fn make(&mut self, calls: u64) {
        for _ in 0..calls {
            let (step, input) = (self.task.step(), self.made);
            let begun = Instant::now();
            let Ok(value) = execute(&self.task, &step, self.work, input);
            self.durations.push(begun.elapsed());
            self.returned += u64::from(value == self.work.of(input));
            self.made += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_of_work_depends_on_its_input_and_its_amount() {
        let work = Work { rounds: 10 };
        assert_ne!(work.of(1), work.of(2));
        assert_ne!(work.of(1), Work { rounds: 11 }.of(1));
    }

    #[test]
    fn every_call_is_counted() {
        let mut calls = Calls::new(Work::LEAST);
        calls.make(5);
        assert_eq!((calls.made, calls.returned, calls.durations.len()), (5, 5, 5));
    }
}
