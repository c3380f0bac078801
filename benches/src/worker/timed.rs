//! The loops that are timed.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::calls::Window;
use super::team::Team;
use crate::calls::{Call, Reply};
use crate::instrumentation::Instrumentation;
use crate::scenario::{Kind, Scenario};

/// Runs calls of one instrumentation, and returns what the loop around them took.
pub(super) fn time<I: Instrumentation>(team: &mut Team, scenario: Scenario, calls: Window<'_>) -> Duration {
    match scenario {
        Scenario::Steps | Scenario::Namespaces(_) | Scenario::StepsPerTask(_) => each(calls, I::step),
        Scenario::Handlers => I::around(&calls.first(), || each(calls, I::handler)),
        Scenario::InheritingHandlers => I::around(&calls.first(), || each(calls, I::inheriting_handler)),
        Scenario::Polled(polls) => each(calls, |call| to_its_end(I::polled(call, polls))),
        Scenario::Nested(depth) => each(calls, |call| I::nested(call, depth)),
        Scenario::With(Kind::Uuid) => each(calls, I::with_uuids),
        Scenario::With(Kind::Str) => each(calls, I::with_strs),
        Scenario::With(Kind::String) => each(calls, I::with_strings),
        Scenario::With(Kind::Integer) => each(calls, I::with_integers),
        Scenario::Threads(threads) => team.run(threads, calls),
    }
}

#[inline]
fn each(calls: Window<'_>, function: impl Fn(&Call) -> Reply) -> Duration {
    let begun = Instant::now();
    calls.each(|call| {
        // The error is there for the functions' signatures: no call returns it.
        let _ = black_box(function(black_box(call)));
    });
    begun.elapsed()
}

/// Polls a future that is always ready to be polled again.
#[inline]
fn to_its_end<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
