//! The process that `scripts/count-instructions` runs under Callgrind.

use std::hint::black_box;

use anyhow::{Result, bail};

use crate::calls::{Call, Reply};
use crate::instrumentation::{Instrumentation, poll_to_end, promoting, with_event};
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::telemetry::{Destination, Installed};

/// Calls before the counted calls, so that call sites are registered and pools have grown.
const BEFORE: usize = 1_000;
/// The room in a queue that calls take until it is emptied, by other threads.
const AT_ONCE: usize = 1_000;

/// Calls the function of a scenario, and checks that its spans were exported as they should be.
pub(crate) fn run(subject: Subject, scenario: Scenario, counted: usize) -> Result<()> {
    let telemetry = Installed::new(subject, &Destination::DiscardAtEnd, 0)?;
    let is_inside = scenario.is_inside_a_step();
    let calls = 0..(BEFORE + counted) as u64;
    // The message of a step is also that of its handlers.
    let calls: Vec<Call> = calls
        .map(|number| Call::new(if is_inside { 0 } else { number }))
        .collect();
    let at_once = AT_ONCE / scenario.queue_places();
    let call = |function| call(&telemetry, &calls, at_once, function);
    with_instrumentation!(subject, I => match scenario {
        Scenario::Steps => call(I::step),
        Scenario::Promoted => call(|call| I::running(call, promoting)),
        Scenario::WithEvent => call(|call| I::running(call, with_event)),
        Scenario::Handlers => I::enclosing_step(&calls[0], || call(I::handler)),
        Scenario::InheritingHandlers => I::enclosing_step(&calls[0], || call(I::inheriting_handler)),
        Scenario::Polled(100) => call(|call| poll_to_end(I::polled(call, 100))),
        _ => bail!("{scenario:?} cannot be counted"),
    })?;
    telemetry.flush()?;
    telemetry.check((calls.len() + usize::from(is_inside)) as u64)
}

fn call(telemetry: &Installed, calls: &[Call], at_once: usize, function: fn(&Call) -> Reply) -> Result<()> {
    let (before, counted) = calls.split_at(BEFORE);
    for before in before.chunks(at_once) {
        for call in before {
            let _ = black_box(black_box(function)(call));
        }
        telemetry.flush()?;
    }
    for counted in counted.chunks(at_once) {
        counted_calls(counted, function);
        telemetry.flush()?;
    }
    Ok(())
}

/// Callgrind counts from the entry of the function of this name to its return, on that thread only.
#[inline(never)]
fn counted_calls(calls: &[Call], function: fn(&Call) -> Reply) {
    let function = black_box(function);
    for call in calls {
        let _ = black_box(function(call));
    }
}
