//! Rounds, in each of which every cell of a table has one short turn, in another order each time. A
//! disturbance of the machine hits all cells alike.

use std::time::Duration;

use anyhow::Result;

use super::Options;
use super::series::Series;
use crate::process::Process;
use crate::report::float;
use crate::scenario::Scenario;
use crate::worker::{Answer, Role, Turn};

/// Measures cells, and returns nanoseconds per span: those of the calling thread, and the CPU time
/// of the process. `check` sees each answer.
pub(super) fn measure(
    cells: &[(Role, Scenario)],
    queue: Option<usize>,
    options: &Options,
    mut check: impl FnMut(&Answer) -> Result<()>,
) -> Result<Vec<[Series; 2]>> {
    // Cells with the same role share a process.
    let mut workers: Vec<(&Role, Process)> = Vec::new();
    let mut turns = Vec::new();
    for (index, (role, scenario)) in cells.iter().enumerate() {
        let known = workers.iter().position(|(other, _)| *other == role);
        let worker = known.unwrap_or(workers.len());
        if known.is_none() {
            workers.push((role, start(role, queue)?));
        }
        let process = &mut workers[worker].1;
        turns.push((index, worker, calibrate(*scenario, options.turn, process, &mut check)?));
    }
    let mut series = vec![[Series::default(), Series::default()]; cells.len()];
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..options.rounds {
        random.shuffle(&mut turns);
        for &(index, worker, turn) in &turns {
            let answer: Answer = workers[worker].1.ask(turn)?;
            check(&answer)?;
            let spans = answer.calls * turn.scenario.spans_per_call();
            for (series, time) in series[index].iter_mut().zip([answer.wall, answer.cpu]) {
                series.0.push(time.as_secs_f64() * 1e9 / float(spans));
            }
        }
    }
    Ok(series)
}

fn start(role: &Role, queue: Option<usize>) -> Result<Process> {
    let queue = queue.map(|spans| ("OTEL_BSP_MAX_QUEUE_SIZE", spans.to_string()));
    Process::start(&["worker", &serde_json::to_string(role)?], queue.as_slice())
}

/// A turn of about this length. The calls that find it warm the worker up.
fn calibrate(
    scenario: Scenario,
    length: Duration,
    process: &mut Process,
    check: &mut impl FnMut(&Answer) -> Result<()>,
) -> Result<Turn> {
    const MOST: usize = 10_000_000;
    let mut calls = 64;
    loop {
        let mut ask = || -> Result<Answer> {
            let answer = process.ask(Turn { scenario, calls })?;
            check(&answer)?;
            Ok(answer)
        };
        // The first calls of a process may take far longer than all others.
        let (first, second) = (ask()?, ask()?);
        let answer = if second.wall < first.wall { second } else { first };
        if answer.wall * 4 >= length || calls >= MOST {
            let calls = length.as_nanos() * answer.calls as u128 / answer.wall.as_nanos().max(1);
            let calls = usize::try_from(calls).unwrap_or(MOST).clamp(1, MOST);
            return Ok(Turn { scenario, calls });
        }
        calls *= 4;
    }
}
