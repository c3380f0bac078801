//! The same functions, instrumented in each of the ways that are compared. They do nothing but return: what they cost is
//! their instrumentation.
#![allow(
    clippy::large_types_passed_by_value,
    reason = "what a future keeps of an argument is among what is measured"
)]

mod fastrace;
mod instrument;
mod opentelemetry;
mod ours;
mod plain;

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use self::fastrace::Fastrace;
pub use self::instrument::Instrument;
pub use self::opentelemetry::OpenTelemetry;
pub use self::ours::Ours;
pub use self::plain::Plain;
use crate::calls::{Call, Reply};

/// A way to instrument a function. Each span carries the six attributes of `step.execution`, whatever its name.
pub trait Instrumentation {
    /// A step: a span without any around it.
    fn step(call: &Call) -> Reply;

    /// A step around other work.
    fn around<R>(call: &Call, work: impl FnOnce() -> R) -> R;

    /// A handler: a span inside a step's, with what it is given.
    fn handler(call: &Call) -> Reply;

    /// A handler that takes its attributes from the step around it, where there is such a thing.
    fn inheriting_handler(call: &Call) -> Reply {
        Self::handler(call)
    }

    /// A chain of spans, each inside the one before: a step, and work of its own.
    fn nested(call: &Call, depth: u32) -> Reply;

    /// A step that is polled so often.
    fn polled(call: &Call, polls: u32) -> impl Future<Output = Reply>;

    /// An asynchronous step that is given 512 bytes and keeps them.
    fn carrying(call: &Call, payload: [u8; 512]) -> impl Future<Output = Reply>;

    /// A step with six more attributes: UUIDs.
    fn with_uuids(call: &Call) -> Reply;

    /// A step with six more attributes: borrowed texts.
    fn with_strs(call: &Call) -> Reply;

    /// A step with six more attributes: texts of the heap.
    fn with_strings(call: &Call) -> Reply;

    /// A step with six more attributes: integers.
    fn with_integers(call: &Call) -> Reply;

    /// A task around its steps.
    fn task<R>(call: &Call, work: impl FnOnce() -> R) -> R;
}

/// What each of the functions does.
#[inline]
#[allow(
    clippy::unnecessary_wraps,
    reason = "the functions of real programs can fail, and instrumentation looks at what they return"
)]
fn reply(call: &Call) -> Reply {
    Ok(black_box(call.attempt_number))
}

/// What each of the asynchronous functions does.
async fn reply_after(call: &Call, polls: u32) -> Reply {
    for _ in 1..polls {
        keep_pending().await;
    }
    reply(call)
}

/// Is not ready at once.
async fn keep_pending() {
    Pending::default().await;
}

/// Is ready when it is polled for the second time.
#[derive(Default)]
struct Pending {
    was_polled: bool,
}

impl Future for Pending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.was_polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
