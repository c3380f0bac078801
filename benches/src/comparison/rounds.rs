//! Rounds, in each of which every cell of a table has one short turn, in another order each time: whatever the machine does
//! meanwhile, it does to all of them.

use std::collections::HashMap;
use std::time::Duration;

use super::child::Child;
use super::series::Series;
use crate::calls::SplitMix;
use crate::failure::Failure;
use crate::scenario::Scenario;
use crate::worker::{Answer, Order, Role};

/// One figure of a table: a worker, by its place among the roles, and what it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// Which worker.
    pub worker: usize,
    /// What it runs.
    pub scenario: Scenario,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many turns each cell has.
    pub rounds: u32,
    /// How long a turn takes.
    pub turn: Duration,
}

/// What the turns of each cell came to.
#[derive(Debug, Default)]
pub struct Results {
    /// Nanoseconds of the calling thread, for each call.
    pub wall: HashMap<Cell, Series>,
    /// Nanoseconds of the process's CPU time, for each call.
    pub cpu: HashMap<Cell, Series>,
    /// Spans that arrived where they were expected.
    pub exported: HashMap<Cell, u64>,
}

/// Measures cells. `checked` sees each answer, and `turned` is called after each turn.
pub fn run(
    roles: &[Role],
    queue: Option<u32>,
    cells: &[Cell],
    effort: Effort,
    mut checked: impl FnMut(&Answer) -> Result<(), Failure>,
    mut turned: impl FnMut(),
) -> Result<Results, Failure> {
    let workers: Result<Vec<_>, _> = roles.iter().map(|role| Child::start(role, queue)).collect();
    let mut workers = workers?;
    let mut ask = |cell: Cell, calls| {
        let order = Order {
            scenario: cell.scenario,
            calls,
        };
        let answer = workers[cell.worker].run(order)?;
        checked(&answer)?;
        Ok::<_, Failure>(answer)
    };

    let mut turns = Vec::new();
    for cell in cells {
        turns.push((*cell, calibrated(effort.turn, |calls| ask(*cell, calls))?));
    }
    let mut results = Results::default();
    let mut order = SplitMix::new(effort.rounds.into());
    for _ in 0..effort.rounds {
        order.shuffle(&mut turns);
        for (cell, calls) in &turns {
            let answer = ask(*cell, *calls)?;
            let per_call = |time: Duration| time.as_secs_f64() * 1e9 / count(answer.calls);
            results.wall.entry(*cell).or_default().0.push(per_call(answer.wall));
            results.cpu.entry(*cell).or_default().0.push(per_call(answer.cpu));
            *results.exported.entry(*cell).or_default() += answer.exported;
            turned();
        }
    }
    Ok(results)
}

/// How many turns that will be.
pub fn turns(cells: usize, effort: Effort) -> u64 {
    u64::try_from(cells).unwrap_or(u64::MAX) * u64::from(effort.rounds)
}

/// How many calls a turn takes. What is run for that warms the worker up.
fn calibrated(turn: Duration, mut ask: impl FnMut(u64) -> Result<Answer, Failure>) -> Result<u64, Failure> {
    const MOST: u64 = 10_000_000;
    let mut calls = 64;
    loop {
        let answer = ask(calls)?;
        if answer.wall * 4 >= turn || calls >= MOST {
            let wanted = turn.as_nanos() * u128::from(answer.calls) / answer.wall.as_nanos().max(1);
            return Ok(u64::try_from(wanted).unwrap_or(MOST).clamp(1, MOST));
        }
        calls *= 4;
    }
}

/// A count as a number to divide by.
fn count(n: u64) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}
