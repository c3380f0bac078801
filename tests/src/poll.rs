//! Futures polled by hand, on the caller's thread. A future that waits for Tokio's timer needs its runtime.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Polls a future once.
pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future to its end. Returns `None` if it is pending after 1,000 polls.
pub fn try_finish<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    (0..1000).find_map(|_| match poll(future.as_mut()) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Polls a future to its end.
///
/// # Panics
///
/// If the future does not end.
pub fn finish<F: Future>(future: F) -> F::Output {
    try_finish(future).expect("the future ends")
}

/// Polls a future once, and drops it.
///
/// # Panics
///
/// If it ends.
pub fn cancel<F: Future>(future: F) {
    assert!(poll(pin!(future)).is_pending());
}
