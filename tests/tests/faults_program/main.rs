//! What happens when the program's own code goes wrong in the middle of a span: code that a span calls, code that it is about,
//! and code that is shown every span.

mod conversions;
mod destructors;
mod exporters;
mod layers;
mod processors;
mod values;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tasker_span_runtime::Sampling;
use tasker_span_runtime::testing::Capture;

/// Runs the test twice: with every span kept, and with every span dropped.
fn kept_and_dropped(test: impl Fn(&Capture, bool)) {
    test(&Capture::start(), true);
    test(&dropping(), false);
}

fn dropping() -> Capture {
    Capture::builder().sampling(Sampling::new().task_rate(0.0)).start()
}

/// What the panic of `work` said.
fn panic_of<R>(work: impl FnOnce() -> R) -> &'static str {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(work()))).expect_err("it panics");
    panic.downcast::<&str>().map_or("a text of its own", |text| *text)
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn ready<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending"),
    }
}

/// Says a part, and panics.
#[derive(PartialEq)]
struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card decl")?;
        panic!("display")
    }
}

impl fmt::Debug for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card { decl")?;
        panic!("debug")
    }
}
