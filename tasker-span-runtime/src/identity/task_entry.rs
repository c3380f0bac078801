//! What the identity cache knows of a task: one line of the processor's cache.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::ids::{fill, present};
use super::intern::{Interned, Text};
use super::table::Known;
use crate::clock::Instant;
use crate::sampled_by::SampledBy;

/// There is a priority.
const HAS_PRIORITY: u8 = 1;
/// A message said the correlation id: a value of this process's own replaces it.
const CORRELATION_ID_OF_MESSAGE: u8 = 2;
/// A message said the namespace.
const NAMESPACE_OF_MESSAGE: u8 = 4;
/// Its duration is measured.
const IS_MEASURED: u8 = 8;

/// What is known of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TaskEntry {
    correlation_id: Uuid,
    parent_correlation_id: Uuid,
    pub(crate) namespace: Option<Interned>,
    pub(crate) task_name: Option<Interned>,
    priority: i64,
    /// Bits that say how the values above are known.
    known: u8,
    /// When this process first met the task; zero before.
    first_seen: Instant,
    /// When the task started, as one of its spans knew.
    started_at: UnixNanos,
    /// A driver or a terminal transition of this process accounts for the root.
    has_root: bool,
    /// An unsampled span of the task was exported after all, for this reason.
    sampled_by: Option<SampledBy>,
    /// A span of the task was sampled.
    has_exported_span: bool,
}

/// Nanoseconds since the Unix epoch; 0 is no time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct UnixNanos(u64);

impl UnixNanos {
    fn new(time: SystemTime) -> Self {
        let nanos = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        Self(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn get(self) -> Option<SystemTime> {
        (self.0 != 0).then(|| SystemTime::UNIX_EPOCH + Duration::from_nanos(self.0))
    }
}

impl Known for TaskEntry {
    const NOTHING: Self = Self::EMPTY;

    fn decides(&self) -> bool {
        self.has_root || self.needs_root()
    }
}

impl TaskEntry {
    pub(super) const EMPTY: Self = Self {
        correlation_id: Uuid::nil(),
        parent_correlation_id: Uuid::nil(),
        namespace: None,
        task_name: None,
        priority: 0,
        known: 0,
        first_seen: Instant::ZERO,
        started_at: UnixNanos(0),
        has_root: false,
        sampled_by: None,
        has_exported_span: false,
    };

    pub(crate) fn correlation_id(&self) -> Option<Uuid> {
        present(self.correlation_id)
    }

    /// Fills in a value of this process's own, also in place of a message's. Returns whether another one is known.
    pub(crate) fn fill_correlation_id(&mut self, id: Option<Uuid>) -> bool {
        if let Some(id) = id
            && self.take_mark(CORRELATION_ID_OF_MESSAGE)
        {
            self.correlation_id = id;
        }
        fill(&mut self.correlation_id, id)
    }

    /// The same of the namespace.
    pub(crate) fn fill_namespace(&mut self, namespace: Option<&Text>) -> bool {
        let Some(namespace) = namespace else { return false };
        if self.namespace.is_none() || self.take_mark(NAMESPACE_OF_MESSAGE) {
            self.namespace = namespace.interned();
            return false;
        }
        self.namespace != namespace.interned()
    }

    /// Fills in what a message says, where nothing is known.
    pub(crate) fn fill_from_message(&mut self, correlation_id: Option<Uuid>, namespace: Option<Interned>) {
        if self.correlation_id.is_nil()
            && let Some(correlation_id) = correlation_id
        {
            self.correlation_id = correlation_id;
            self.known |= CORRELATION_ID_OF_MESSAGE;
        }
        if self.namespace.is_none() && namespace.is_some() {
            self.namespace = namespace;
            self.known |= NAMESPACE_OF_MESSAGE;
        }
    }

    pub(crate) fn has_correlation_id_of_message(&self) -> bool {
        self.known & CORRELATION_ID_OF_MESSAGE != 0
    }

    pub(crate) fn has_namespace_of_message(&self) -> bool {
        self.known & NAMESPACE_OF_MESSAGE != 0
    }

    /// Removes a mark, and tells whether it was there.
    fn take_mark(&mut self, mark: u8) -> bool {
        let had = self.known & mark != 0;
        self.known &= !mark;
        had
    }

    pub(crate) fn parent_correlation_id(&self) -> Option<Uuid> {
        present(self.parent_correlation_id)
    }

    pub(crate) fn fill_parent_correlation_id(&mut self, id: Option<Uuid>) -> bool {
        fill(&mut self.parent_correlation_id, id)
    }

    pub(crate) fn priority(&self) -> Option<i64> {
        (self.known & HAS_PRIORITY != 0).then_some(self.priority)
    }

    pub(crate) fn fill_priority(&mut self, priority: Option<i64>) {
        if let Some(priority) = priority.filter(|_| self.known & HAS_PRIORITY == 0) {
            self.priority = priority;
            self.known |= HAS_PRIORITY;
        }
    }

    pub(crate) fn first_seen(&self) -> Option<Instant> {
        (self.first_seen != Instant::ZERO).then_some(self.first_seen)
    }

    pub(crate) fn note_seen(&mut self, now: Instant) {
        // A span that creates the task learns of it after others inside.
        if self.first_seen == Instant::ZERO || now < self.first_seen {
            self.first_seen = now;
        }
    }

    pub(crate) fn started_at(&self) -> Option<SystemTime> {
        self.started_at.get()
    }

    /// Notes when the task started. The earliest time counts.
    pub(crate) fn note_started_at(&mut self, time: SystemTime) {
        let (known, new) = (self.started_at, UnixNanos::new(time));
        if known == UnixNanos::default() || new.0 < known.0 {
            self.started_at = new;
        }
    }

    /// Whether the caller is the one who measures the task's duration: true once.
    pub(crate) fn claim_duration(&mut self) -> bool {
        let is_first = self.known & IS_MEASURED == 0;
        self.known |= IS_MEASURED;
        is_first
    }

    /// Whether the caller is the one who accounts for the task's root: true once.
    pub(crate) fn claim_root(&mut self) -> bool {
        !std::mem::replace(&mut self.has_root, true)
    }

    /// Takes the claim back: the root was not recorded.
    pub(crate) fn release_root(&mut self) {
        self.has_root = false;
    }

    /// Notes that the task's root is needed, sampled or not.
    pub(crate) fn note_sampled_by(&mut self, by: SampledBy) {
        self.sampled_by = self.sampled_by.max(Some(by));
    }

    /// Why an unsampled span of the task was exported after all.
    pub(crate) fn sampled_by(&self) -> Option<SampledBy> {
        self.sampled_by
    }

    /// Notes a span that is sampled. If the rates change before the task ends, its root is needed all the same.
    pub(crate) fn note_exported_span(&mut self) {
        self.has_exported_span = true;
    }

    pub(crate) fn has_exported_span(&self) -> bool {
        self.has_exported_span
    }

    /// Whether a span was exported whose ancestor is the root.
    pub(crate) fn needs_root(&self) -> bool {
        self.sampled_by.is_some() || self.has_exported_span
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::intern::intern;

    #[test]
    fn own_values_win_over_those_of_messages() {
        let [own, said, other] = [1, 2, 3].map(Uuid::from_u128);
        let [own_name, said_name] = ["own name", "said name"].map(intern);
        let said_place = said_name.interned();
        let is_said = |task: &TaskEntry| [task.has_correlation_id_of_message(), task.has_namespace_of_message()];
        let mut task = TaskEntry::EMPTY;
        task.fill_from_message(Some(said), None);
        task.fill_from_message(Some(other), said_place);
        assert_eq!(
            (task.correlation_id(), task.namespace),
            (Some(said), said_place),
            "the first message's"
        );
        assert_eq!(is_said(&task), [true, true]);
        task.fill_correlation_id(None);
        task.fill_namespace(None);
        assert_eq!(is_said(&task), [true, true]);
        assert!(!task.fill_correlation_id(Some(own)), "a message's is no conflict");
        assert_eq!((task.correlation_id(), task.namespace), (Some(own), said_place));
        assert_eq!(is_said(&task), [false, true]);
        assert!(!task.fill_namespace(Some(&own_name)));
        task.fill_from_message(Some(said), said_place);
        assert!(task.fill_correlation_id(Some(other)) && task.fill_namespace(Some(&said_name)));
        assert_eq!(
            (task.correlation_id(), task.namespace),
            (Some(own), own_name.interned()),
            "the first own ones"
        );
        assert_eq!(is_said(&task), [false, false]);
    }

    #[test]
    fn an_error_is_the_stronger_reason() {
        for (first, second, expected) in [
            (SampledBy::Slow, SampledBy::Slow, SampledBy::Slow),
            (SampledBy::Slow, SampledBy::Error, SampledBy::Error),
            (SampledBy::Error, SampledBy::Slow, SampledBy::Error),
        ] {
            let mut task = TaskEntry::EMPTY;
            task.note_sampled_by(first);
            task.note_sampled_by(second);
            assert_eq!(task.sampled_by(), Some(expected));
        }
    }

    #[test]
    fn an_id_alone_decides_nothing() {
        let mut task = TaskEntry::EMPTY;
        task.fill_correlation_id(Some(Uuid::from_u128(1)));
        assert!(!task.decides());
        let (mut rooted, mut failed, mut exported) = (task, task, task);
        rooted.claim_root();
        failed.note_sampled_by(SampledBy::Error);
        exported.note_exported_span();
        assert!(rooted.decides() && failed.decides() && exported.decides());
    }
}
