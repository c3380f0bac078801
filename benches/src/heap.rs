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
    println!(
        "{}",
        serde_json::to_string(&usage.map(|usage| usage / f64::from(SPANS)))?
    );
    Ok(())
}

fn usage<I: Instrumentation>(telemetry: &Installed, count: Count) -> Result<(u64, i64)> {
    let calls: Vec<Call> = (0..u64::from(SPANS)).map(Call::new).collect();
    let mut run = || {
        for call in &calls {
            // No measured function returns the error.
            let _ = black_box(I::step(call));
        }
    };
    // The first spans of a process allocate what is allocated once.
    run();
    telemetry.flush()?;
    let (allocations, _) = count(&mut run);
    telemetry.flush()?;

    // The futures are allocated before.
    let mut futures: Vec<Pin<Box<_>>> = calls.iter().map(|call| Box::pin(I::polled(call, 2))).collect();
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
