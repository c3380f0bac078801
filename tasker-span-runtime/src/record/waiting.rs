//! `Waiting`: finished spans that wait for the transition which their work leads to. Its span becomes their parent, or is linked
//! to. If none comes, they are exported without it, and marked.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::marks::link_within;
use super::span_record::SpanRecord;
use crate::catalogue::place::{Moment, States};
use crate::identity::SpanId;
use crate::lock::lock;

/// How long a span waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many spans wait at most. One more, and the first is exported.
const MOST: usize = 1024;

/// A finished span whose transition was not seen yet.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) record: Box<SpanRecord>,
    pub(crate) moment: Moment,
    /// The transition becomes the parent; otherwise it is linked to.
    pub(crate) is_child: bool,
}

#[derive(Debug)]
pub(crate) struct Waiting {
    spans: Mutex<VecDeque<(Expectation, Instant)>>,
    /// How many there are, to be read without the lock.
    count: AtomicUsize,
    /// When the first has waited long enough, in milliseconds since `began`.
    due: AtomicU64,
    began: Instant,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            spans: Mutex::default(),
            count: AtomicUsize::new(0),
            due: AtomicU64::new(0),
            began: Instant::now(),
        }
    }
}

impl Expectation {
    /// The span, with its transition.
    pub(crate) fn fulfil(mut self, span_id: SpanId) -> Box<SpanRecord> {
        if self.is_child {
            self.record.parent_id = Some(span_id);
            self.record.parent_is_remote = false;
        } else if self.record.parent_id != Some(span_id) {
            let link = link_within(self.record.trace_id, span_id);
            self.record.extra.get_or_insert_default().links.push(link);
        }
        self.record
    }

    /// The span without a transition, marked.
    pub(crate) fn give_up(mut self) -> Box<SpanRecord> {
        self.record.mark_transition_unseen();
        self.record
    }
}

impl Waiting {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Has a span wait from now on. Returns the one that has waited longest, if it is one too many.
    pub(crate) fn add(&self, span: Expectation) -> Option<Box<SpanRecord>> {
        let Some(mut spans) = self.lock() else {
            return Some(span.give_up());
        };
        let first = if spans.len() < MOST { None } else { spans.pop_front() };
        spans.push_back((span, Instant::now() + PATIENCE));
        self.note(&spans);
        first.map(|(span, _)| span.give_up())
    }

    /// The spans of the task that have waited for this transition.
    pub(crate) fn take_for(&self, task_uuid: Uuid, states: &States<'_>) -> impl Iterator<Item = Expectation> + use<> {
        let is_theirs = |(span, _): &(Expectation, Instant)| {
            span.record.attributes.task_uuid == Some(task_uuid) && span.moment.may_lead_to(states)
        };
        self.take(is_theirs).into_iter()
    }

    /// Those that have waited long enough.
    pub(crate) fn take_due(&self, now: Instant) -> impl Iterator<Item = Box<SpanRecord>> + use<> {
        let mut due = Vec::new();
        if !self.is_empty()
            && self.millis(now) >= self.due.load(Ordering::Relaxed)
            && let Some(mut spans) = self.lock()
        {
            // They are in the order of time.
            while spans.front().is_some_and(|(_, until)| *until <= now) {
                due.extend(spans.pop_front().map(|(span, _)| span));
            }
            self.note(&spans);
        }
        due.into_iter().map(Expectation::give_up)
    }

    /// All of them.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = Box<SpanRecord>> + use<> {
        self.take(|_| true).into_iter().map(Expectation::give_up)
    }

    fn take(&self, is_taken: impl Fn(&(Expectation, Instant)) -> bool) -> Vec<Expectation> {
        if self.is_empty() {
            return Vec::new();
        }
        let Some(mut spans) = self.lock() else {
            return Vec::new();
        };
        let mut taken = Vec::new();
        if !spans.iter().any(&is_taken) {
            return taken;
        }
        for span in std::mem::take(&mut *spans) {
            if is_taken(&span) {
                taken.push(span.0);
            } else {
                spans.push_back(span);
            }
        }
        self.note(&spans);
        taken
    }

    fn note(&self, spans: &VecDeque<(Expectation, Instant)>) {
        let due = spans.front().map_or(0, |(_, until)| self.millis(*until));
        self.due.store(due, Ordering::Relaxed);
        self.count.store(spans.len(), Ordering::Relaxed);
    }

    fn millis(&self, time: Instant) -> u64 {
        u64::try_from(time.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }

    /// `None` if a fork has lost what waits.
    fn lock(&self) -> Option<MutexGuard<'_, VecDeque<(Expectation, Instant)>>> {
        lock(&self.spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::place::Place;
    use crate::record::pool;

    fn span(task: u128) -> Expectation {
        let place = Place::within("step.enqueuing");
        let mut record = pool::take();
        record.attributes.task_uuid = Some(Uuid::from_u128(task));
        Expectation {
            record,
            moment: place.moment.unwrap(),
            is_child: true,
        }
    }

    fn is_unseen(record: &SpanRecord) -> bool {
        record.extra.as_ref().is_some_and(|extra| extra.is_transition_unseen)
    }

    #[test]
    fn a_span_waits_for_the_transition_of_its_task_and_states() {
        let waiting = Waiting::default();
        assert!(waiting.add(span(1)).is_none() && waiting.add(span(2)).is_none());
        let id = SpanId::of_hash(7);
        let transition = |from, to| States {
            from: Some(from),
            to: Some(to),
        };
        let theirs = transition("enqueuing_steps", "steps_in_process");
        let other = transition("enqueuing_steps", "error");
        let count = |task, states| waiting.take_for(Uuid::from_u128(task), states).count();
        assert_eq!((count(1, &other), count(3, &theirs)), (0, 0));
        let found = waiting
            .take_for(Uuid::from_u128(1), &theirs)
            .map(|span| span.fulfil(id));
        let found: Vec<_> = found.collect();
        assert!(found.len() == 1 && found[0].parent_id == Some(id) && !is_unseen(&found[0]));
        let rest: Vec<_> = waiting.take_all().collect();
        assert!(rest.len() == 1 && is_unseen(&rest[0]) && waiting.is_empty());
    }

    #[test]
    fn spans_wait_for_a_limited_time() {
        let waiting = Waiting::default();
        waiting.add(span(1));
        assert_eq!(waiting.take_due(Instant::now()).count(), 0);
        let due: Vec<_> = waiting.take_due(Instant::now() + PATIENCE).collect();
        assert!(due.len() == 1 && is_unseen(&due[0]) && waiting.is_empty());
    }

    #[test]
    fn a_limited_number_of_spans_wait() {
        let waiting = Waiting::default();
        assert!((0..MOST as u128).all(|task| waiting.add(span(task)).is_none()));
        let first = waiting.add(span(9999)).unwrap();
        assert_eq!(first.attributes.task_uuid, Some(Uuid::from_u128(0)));
        assert!(is_unseen(&first) && waiting.take_all().count() == MOST);
    }
}
