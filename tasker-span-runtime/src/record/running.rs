//! `Running`: where the export thread gets the markers of running work from. What they are is in `span::open_work`.

use std::time::{Duration, Instant};

use super::span_record::SpanRecord;

/// The open work of a recorder.
pub(crate) trait Running: Send + Sync {
    /// The markers that are due now, at most `most` of them.
    fn due(&self, most: usize) -> Vec<SpanRecord>;

    /// How long the thread waits before it asks again.
    fn interval(&self) -> Duration;

    /// Whether no work is open.
    fn is_empty(&self) -> bool;
}

/// When the export thread asks for markers again. It does not while no work is open.
#[derive(Debug, Default)]
pub(crate) struct Looks(Option<Instant>);

impl Looks {
    /// The time until the next look, if it is not due yet.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        self.0?.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    pub(super) fn again_after(&mut self, now: Instant, wait: Duration) {
        self.0 = now.checked_add(wait);
    }

    pub(super) fn stop(&mut self) {
        self.0 = None;
    }
}
