//! The heap that spans use, in a process for each subject and with an allocator that counts.

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Waker};

use anyhow::{Context as _, Result};

use crate::calls::Call;
use crate::command::named;
use crate::instrumentation::Instrumentation;
use crate::telemetry::{Destination, Installed};

/// Fewer than the queue in front of the exporter holds. They almost fill their pages of `tracing`'s
/// registry.
const SPANS: u32 = 2_000;

/// Runs a function, and returns its allocations and the bytes that it has not freed.
type Count = fn(&mut dyn FnMut()) -> (u64, i64);

/// Prints the allocations per span of the subject that is the first argument, and the bytes that an
/// open span holds.
///
/// # Errors
///
/// The argument is no subject, or its spans were not exported as they should have been.
pub fn run(count: Count) -> Result<()> {
    let subject = std::env::args().nth(1).context("usage: heap SUBJECT")?;
    let subject = named(&subject)?;
    let telemetry = Installed::new(subject, &Destination::Discard, 0)?;
    let (allocations, held) = with_instrumentation!(subject, I => usage::<I>(&telemetry, count))?;
    telemetry.check(3 * u64::from(SPANS))?;
    let usage = [f64::from(u32::try_from(allocations)?), f64::from(i32::try_from(held)?)];
    let [allocations, held] = usage.map(|usage| usage / f64::from(SPANS));
    println!("[{allocations}, {held}]");
    Ok(())
}

fn usage<I: Instrumentation>(telemetry: &Installed, count: Count) -> Result<(u64, i64)> {
    // Each step once: a repeated attempt has a link to its first execution.
    let [first, second, open] = [0, 1, 2].map(|round| {
        let numbers = round * u64::from(SPANS)..(round + 1) * u64::from(SPANS);
        numbers.map(Call::new).collect::<Vec<_>>()
    });
    let run = |calls: &[Call]| {
        for call in calls {
            // No measured function returns the error.
            let _ = black_box(I::step(call));
        }
    };
    // The first spans of a process allocate what is allocated once.
    run(&first);
    telemetry.flush()?;
    let (allocations, _) = count(&mut || run(&second));
    telemetry.flush()?;

    // The futures are allocated before.
    let mut futures: Vec<Pin<Box<_>>> = open.iter().map(|call| Box::pin(I::polled(call, 2))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let (_, held) = count(&mut || {
        for future in &mut futures {
            let poll = future.as_mut().poll(&mut context);
            assert!(poll.is_pending(), "a future that is polled twice is ready");
        }
    });
    for future in &mut futures {
        let _ = black_box(future.as_mut().poll(&mut context));
    }
    drop(futures);
    telemetry.flush()?;
    Ok((allocations, held))
}
