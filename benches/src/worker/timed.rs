//! The timed loops.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::calls::Calls;
use crate::calls::{Call, Reply};
use crate::instrumentation::{Instrumentation, poll_to_end, promoting, with_event};
use crate::scenario::Scenario;

/// Threads that live as long as the worker, as those of a program do; by their number.
pub(super) type Threads = HashMap<usize, ThreadPool>;

/// Runs `n` calls, and returns the time of the loop around them.
pub(super) fn time<I: Instrumentation>(scenario: Scenario, calls: &Calls, n: usize, threads: &mut Threads) -> Duration {
    match scenario {
        Scenario::Steps | Scenario::Namespaces(_) | Scenario::StepsPerTask(_) => each(calls, n, I::step),
        Scenario::Handlers => each(calls, n, I::handler),
        Scenario::InheritingHandlers => each(calls, n, I::inheriting_handler),
        Scenario::Promoted => each(calls, n, |call| I::running(call, promoting)),
        Scenario::WithEvent => each(calls, n, |call| I::running(call, with_event)),
        Scenario::Polled(polls) => each(calls, n, |call| poll_to_end(I::polled(call, polls))),
        Scenario::Nested(depth) => each(calls, n, |call| I::nested(call, depth)),
        Scenario::WithUuids => each(calls, n, I::with_uuids),
        Scenario::WithStrs => each(calls, n, I::with_strs),
        Scenario::WithStrings => each(calls, n, I::with_strings),
        Scenario::WithIntegers => each(calls, n, I::with_integers),
        Scenario::Threads(number) => {
            let number = number as usize;
            let start = || ThreadPoolBuilder::new().num_threads(number).build();
            let pool = threads
                .entry(number)
                .or_insert_with(|| start().expect("threads can be started"));
            on_threads(pool, calls, n / number, I::step)
        }
    }
}

#[inline]
fn each(calls: &Calls, n: usize, function: impl Fn(&Call) -> Reply) -> Duration {
    let begun = Instant::now();
    calls.each(0, n, |call| {
        // No measured function returns the error.
        let _ = black_box(function(black_box(call)));
    });
    begun.elapsed()
}

/// From the moment when the first thread begins to the moment when the last has ended.
fn on_threads(pool: &ThreadPool, calls: &Calls, n: usize, function: fn(&Call) -> Reply) -> Duration {
    let start = Barrier::new(pool.current_num_threads());
    let times = pool.broadcast(|thread| {
        start.wait();
        let begun = Instant::now();
        calls.each(thread.index() * n, n, |call| {
            let _ = black_box(function(black_box(call)));
        });
        (begun, Instant::now())
    });
    let begun = times.iter().map(|(begun, _)| *begun).min();
    let ended = times.iter().map(|(_, ended)| *ended).max();
    ended.zip(begun).map_or(Duration::ZERO, |(ended, begun)| ended - begun)
}
