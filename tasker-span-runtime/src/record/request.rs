//! `Requests`: what callers want of the export thread, and its answers. Callers that ask for the same at once get one answer.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why a request failed.
pub(crate) type Failure = Arc<str>;

type Answer = Result<(), Failure>;

/// A request that waits for its answer. Its clones are one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ticket(Arc<(Mutex<Option<Answer>>, Condvar)>);

impl Ticket {
    pub(crate) fn answer(&self, answer: Answer) {
        let (answered, condition) = &*self.0;
        *answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        condition.notify_all();
    }

    /// The answer, or `None` if the deadline passes first.
    pub(crate) fn wait(&self, deadline: Duration) -> Option<Answer> {
        let (answered, condition) = &*self.0;
        let until = Instant::now().checked_add(deadline);
        let mut answer = answered.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if answer.is_some() {
                return answer.clone();
            }
            // A deadline that is too far away for the clock is none.
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return None;
            }
            let waited = condition.wait_timeout(answer, left.min(Duration::from_hours(1)));
            answer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The requests that the thread has not taken yet.
#[derive(Debug, Default)]
struct Waiting {
    #[cfg(feature = "testing")]
    deliver: Option<Ticket>,
    flush: Option<Ticket>,
    shutdown: Option<Ticket>,
}

#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<Waiting>);

impl Requests {
    /// To deliver all finished spans to the program's processors.
    #[cfg(feature = "testing")]
    pub(crate) fn deliver(&self) -> Ticket {
        self.with(|waiting| waiting.deliver.get_or_insert_default().clone())
    }

    /// To export all finished spans. Callers share it until the thread takes it.
    pub(crate) fn flush(&self) -> Ticket {
        self.with(|waiting| waiting.flush.get_or_insert_default().clone())
    }

    /// To export all spans, and end. There is one, and its answer stays. Returns whether this call made it.
    pub(crate) fn shutdown(&self) -> (Ticket, bool) {
        self.with(|waiting| {
            let is_first = waiting.shutdown.is_none();
            (waiting.shutdown.get_or_insert_default().clone(), is_first)
        })
    }

    #[cfg(feature = "testing")]
    pub(crate) fn take_deliver(&self) -> Option<Ticket> {
        self.with(|waiting| waiting.deliver.take())
    }

    pub(crate) fn take_flush(&self) -> Option<Ticket> {
        self.with(|waiting| waiting.flush.take())
    }

    pub(crate) fn find_shutdown(&self) -> Option<Ticket> {
        self.with(|waiting| waiting.shutdown.clone())
    }

    fn with<R>(&self, act: impl FnOnce(&mut Waiting) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
