//! The process that `scripts/count-instructions` runs under Callgrind.

use std::fs;
use std::hint::black_box;

use anyhow::{Result, bail, ensure};

use crate::calls::{Call, Reply};
use crate::instrumentation::{Instrumentation, poll_to_end};
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::telemetry::{Destination, Installed};

/// Calls before the counted calls, so that call sites are registered and pools have grown.
const BEFORE: usize = 1_000;

/// Calls the function of a scenario, and checks that its spans were exported as they should be.
pub(crate) fn run(subject: Subject, scenario: Scenario, counted: usize) -> Result<()> {
    let telemetry = Installed::new(subject, &Destination::DiscardAtEnd, 0)?;
    let is_inside = matches!(scenario, Scenario::Handlers | Scenario::InheritingHandlers);
    let calls = 0..(BEFORE + counted) as u64;
    // The message of a step is also that of its handlers.
    let calls: Vec<Call> = calls
        .map(|number| Call::new(if is_inside { 0 } else { number }))
        .collect();
    with_instrumentation!(subject, I => match scenario {
        Scenario::Steps => call(&calls, I::step),
        Scenario::Handlers => I::enclosing_step(&calls[0], || call(&calls, I::handler)),
        Scenario::InheritingHandlers => I::enclosing_step(&calls[0], || call(&calls, I::inheriting_handler)),
        Scenario::Polled(100) => call(&calls, |call| poll_to_end(I::polled(call, 100))),
        _ => bail!("{scenario:?} cannot be counted"),
    });
    telemetry.check((calls.len() + usize::from(is_inside)) as u64)?;
    // Callgrind counts only the thread of the calls.
    let threads = fs::read_dir("/proc/self/task")?.count();
    ensure!(threads == 1, "{threads} threads, of which only one is counted");
    Ok(())
}

fn call(calls: &[Call], function: fn(&Call) -> Reply) {
    let (before, counted) = calls.split_at(BEFORE);
    for call in before {
        let _ = black_box(black_box(function)(call));
    }
    counted_calls(counted, function);
}

/// Callgrind counts from the entry of the function of this name to its return.
#[inline(never)]
fn counted_calls(calls: &[Call], function: fn(&Call) -> Reply) {
    let function = black_box(function);
    for call in calls {
        let _ = black_box(function(call));
    }
}
