//! The measured functions in each of the compared instrumentations. They only return, so that their
//! cost is that of their instrumentation.
#![allow(
    clippy::large_types_passed_by_value,
    reason = "an argument by value is part of the future that is measured"
)]

mod annotated;
mod api;
mod fastrace;
mod opentelemetry;

use std::future::poll_fn;
use std::hint::black_box;
use std::mem;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub(crate) use self::annotated::{Instrument, Ours, Plain};
pub(crate) use self::fastrace::Fastrace;
pub(crate) use self::opentelemetry::{OpenTelemetry, TRACER};
use crate::calls::{Call, Reply};

/// A way to instrument functions. Each span has the six attributes of `step.execution`, whatever
/// its name.
pub(crate) trait Instrumentation {
    /// A step without an enclosing span.
    fn step(call: &Call) -> Reply;

    fn enclosing_step<R>(call: &Call, work: impl FnOnce() -> R) -> R;

    fn enclosing_task<R>(call: &Call, work: impl FnOnce() -> R) -> R;

    /// A span inside a step, with attributes from its argument.
    fn handler(call: &Call) -> Reply;

    /// The same with attributes from the step, if the instrumentation can inherit them.
    fn inheriting_handler(call: &Call) -> Reply {
        Self::handler(call)
    }

    /// A step that does this.
    fn running(call: &Call, work: fn(&Call) -> Reply) -> Reply;

    /// A step, inside it work of its own, and inside that the next.
    fn nested(call: &Call, depth: u32) -> Reply;

    /// An asynchronous step.
    fn polled(call: &Call, polls: u32) -> impl Future<Output = Reply>;

    /// An asynchronous step that keeps 512 bytes.
    fn carrying(call: &Call, payload: [u8; 512]) -> impl Future<Output = Reply>;

    /// A step with six more attributes, here UUIDs.
    fn with_uuids(call: &Call) -> Reply;

    fn with_strs(call: &Call) -> Reply;

    fn with_strings(call: &Call) -> Reply;

    fn with_integers(call: &Call) -> Reply;
}

/// Evaluates an expression in which `$name` is the [`Instrumentation`] of a subject.
macro_rules! with_instrumentation {
    ($subject:expr, $name:ident => $body:expr) => {{
        use $crate::instrumentation::{Fastrace, Instrument, OpenTelemetry, Ours, Plain};
        use $crate::subject::Subject;
        macro_rules! with {
            ($type:ident) => {{
                type $name = $type;
                $body
            }};
        }
        match $subject {
            Subject::Plain => with!(Plain),
            Subject::OpenTelemetry => with!(OpenTelemetry),
            Subject::Fastrace => with!(Fastrace),
            subject if subject.is_ours() => with!(Ours),
            _ => with!(Instrument),
        }
    }};
}

/// The body of the measured functions.
#[inline]
#[allow(
    clippy::unnecessary_wraps,
    reason = "functions of programs can fail, and instrumentation reads the outcome"
)]
fn reply(call: &Call) -> Reply {
    Ok(black_box(call.attempt_number))
}

/// Asks `tracing` for the current span, which the step then must be.
pub(crate) fn promoting(call: &Call) -> Reply {
    drop(black_box(tracing::Span::current()));
    reply(call)
}

/// Emits an event of `tracing`.
pub(crate) fn with_event(call: &Call) -> Reply {
    tracing::info!(amount = call.attempt_number, "charged");
    reply(call)
}

/// The body of the asynchronous functions.
async fn reply_after(call: &Call, polls: u32) -> Reply {
    for _ in 1..polls {
        pending_once().await;
    }
    reply(call)
}

/// Pending when it is polled for the first time.
fn pending_once() -> impl Future<Output = ()> {
    let mut was_polled = false;
    poll_fn(move |_| {
        let is_ready = mem::replace(&mut was_polled, true);
        if is_ready { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Polls a future that can always be polled again.
#[inline]
pub(crate) fn poll_to_end<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
