//! Blocking work with a deadline, on a thread that may outlast it.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::outcome::caught;

/// Runs `work` on a thread of its own and waits for it until the deadline. The thread goes on after
/// it. Where no thread can be started, the caller does the work, without a deadline.
pub(super) fn within<T: Send + 'static>(
    deadline: Duration,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let work = Arc::new(Mutex::new(Some(work)));
    let act = {
        let work = Arc::clone(&work);
        move || {
            let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
            // After the deadline the receiver is gone.
            work.map(|work| sender.send(work()))
        }
    };
    let started = thread::Builder::new().name(format!("tasker-span-{name}")).spawn(act);
    if started.is_err() {
        let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let done = work.and_then(caught);
        return done.ok_or_else(|| panicked(name));
    }
    receiver.recv_timeout(deadline).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => Error::timeout(&format!("the {name}"), deadline),
        mpsc::RecvTimeoutError::Disconnected => panicked(name),
    })
}

fn panicked(name: &str) -> Error {
    Error::new(Kind::Exporter, format!("the {name} panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_result_or_the_timeout() {
        assert_eq!(within(Duration::from_secs(30), "sum", || 1 + 1).unwrap(), 2);
        let error = within(Duration::from_millis(1), "wait", || {
            thread::sleep(Duration::from_secs(2));
        })
        .unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(error.to_string(), "the wait did not end within 1ms");
    }

    #[test]
    fn survives_a_panic() {
        let error = within(Duration::from_secs(30), "work", || panic!("expected by the test")).unwrap_err();
        assert!(error.is_exporter());
    }
}
