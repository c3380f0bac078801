//! `RunningWork`: where the export thread gets the markers of running work from, and when. What markers are is in
//! `span::open_work`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::span_record::SpanRecord;

/// How soon the thread looks again for markers that had no room.
const SOON: Duration = Duration::from_millis(10);

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

/// The open work of a queue, if the program wants to see it.
#[derive(Default)]
pub(super) struct RunningWork {
    work: OnceLock<Arc<dyn Running>>,
    /// Whether the thread looks at it by itself.
    is_looked_at: AtomicBool,
}

impl RunningWork {
    /// Sets the work. It is set once.
    pub(super) fn set(&self, work: Arc<dyn Running>) {
        let _ = self.work.set(work);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.work.get().is_none_or(|work| work.is_empty())
    }

    /// Work has begun. Returns whether the thread must be woken for it.
    pub(super) fn begin(&self) -> bool {
        !self.is_looked_at.load(Ordering::SeqCst) && !self.is_looked_at.swap(true, Ordering::SeqCst)
    }

    /// The markers that are due, and the time until the next look. `None` if no work is open. `room` is asked for if a look is due.
    pub(super) fn look(&self, looks: &mut Looks, room: impl FnOnce() -> usize) -> Option<(Vec<SpanRecord>, Duration)> {
        let work = self.work.get()?;
        if !self.is_looked_at.load(Ordering::SeqCst) {
            return None;
        }
        let now = Instant::now();
        let wait = looks.0.and_then(|next| next.checked_duration_since(now));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Some((Vec::new(), wait));
        }
        let most = room();
        let due = work.due(most);
        let wait = if due.len() < most { work.interval() } else { SOON };
        looks.0 = now.checked_add(wait);
        if work.is_empty() {
            self.is_looked_at.store(false, Ordering::SeqCst);
            // Work that began meanwhile saw that the thread looks.
            if work.is_empty() {
                looks.0 = None;
            } else {
                self.is_looked_at.store(true, Ordering::SeqCst);
            }
        }
        Some((due, wait))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// So many markers are due.
    struct Due(AtomicUsize);

    impl Running for Due {
        fn due(&self, most: usize) -> Vec<SpanRecord> {
            let due = self.0.load(Ordering::SeqCst).min(most);
            self.0.fetch_sub(due, Ordering::SeqCst);
            (0..due).map(|_| SpanRecord::default()).collect()
        }

        fn interval(&self) -> Duration {
            Duration::from_hours(1)
        }

        fn is_empty(&self) -> bool {
            self.0.load(Ordering::SeqCst) == 0
        }
    }

    #[test]
    fn the_thread_looks_while_work_is_open_and_for_as_much_as_there_is_room() {
        let (running, due) = (RunningWork::default(), Arc::new(Due(AtomicUsize::new(5))));
        let mut looks = Looks::default();
        assert!(running.is_empty() && running.look(&mut looks, || 3).is_none());
        running.set(due.clone());
        assert!(!running.is_empty() && running.look(&mut looks, || 3).is_none());
        assert_eq!([running.begin(), running.begin()], [true, false]);
        let (markers, wait) = running.look(&mut looks, || 3).unwrap();
        assert_eq!((markers.len(), wait), (3, SOON));
        // It is not due again yet.
        let (markers, wait) = running.look(&mut looks, || 3).unwrap();
        assert!(markers.is_empty() && wait <= SOON);
        looks = Looks::default();
        let (markers, wait) = running.look(&mut looks, || 3).unwrap();
        assert_eq!((markers.len(), wait), (2, due.interval()));
        assert!(running.look(&mut looks, || 3).is_none());
        due.0.store(1, Ordering::SeqCst);
        assert!(running.begin());
        assert_eq!(
            running.look(&mut looks, || 3).map(|(markers, _)| markers.len()),
            Some(1)
        );
    }
}
