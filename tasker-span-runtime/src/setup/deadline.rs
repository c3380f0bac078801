//! Blocking work with a deadline, on a thread that may outlast it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, Kind};

/// Runs `work` on a thread of its own and waits for it until the deadline. The thread goes on after
/// it.
pub(super) fn within<T: Send + 'static>(
    deadline: Duration,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name(format!("tasker-span-{name}"))
        .spawn(move || {
            // After the deadline the receiver is gone.
            let _ = sender.send(work());
        })
        .map_err(|error| Error::exporter(format!("no thread for the {name}"), error))?;
    receiver.recv_timeout(deadline).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => Error::timeout(&format!("the {name}"), deadline),
        mpsc::RecvTimeoutError::Disconnected => Error::new(Kind::Exporter, format!("the {name} panicked")),
    })
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
