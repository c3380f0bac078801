//! What the identity cache knows of a task and of a step: one line of the processor's cache each.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::SpanId;
use super::attempts::Attempts;
use super::decided::Decides;
use super::intern::{Interned, Text};
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

/// What is known of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct StepEntry {
    task_uuid: Uuid,
    correlation_id: Uuid,
    pub(crate) namespace: Option<Interned>,
    pub(crate) handler_name: Option<Interned>,
    pub(crate) step_name: Option<Interned>,
    /// The span of the attempt that this process executed last.
    pub(crate) execution: Option<SpanId>,
    /// The attempts whose ids are assigned.
    pub(crate) attempts: Attempts,
    unsampled: Unsampled,
}

/// The latest unsampled execution of a step in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
// In six bytes, of the one line that a step has in the identity cache.
#[repr(Rust, packed(2))]
struct Unsampled {
    /// 0 if it is not known.
    attempt: u32,
    state: UnsampledState,
    /// A later attempt is sampled, under another rate.
    is_followed: bool,
}

impl Unsampled {
    fn attempt(self) -> Option<u32> {
        let attempt = self.attempt;
        (attempt != 0).then_some(attempt)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum UnsampledState {
    /// There is none.
    #[default]
    Absent,
    /// It may still run, or it was exported because it failed or was slow.
    Open,
    /// It is to be exported, because a span that was exported for an error has it as its parent.
    WantedByError,
    /// It has ended and was not exported.
    Ended,
    /// It is to be exported, because a span that was exported for slowness has it as its parent.
    WantedBySlowness,
}

impl UnsampledState {
    fn wanted(by: SampledBy) -> Self {
        match by {
            SampledBy::Error => Self::WantedByError,
            SampledBy::Slow => Self::WantedBySlowness,
        }
    }

    fn wanted_by(self) -> Option<SampledBy> {
        match self {
            Self::WantedByError => Some(SampledBy::Error),
            Self::WantedBySlowness => Some(SampledBy::Slow),
            Self::Absent | Self::Open | Self::Ended => None,
        }
    }
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

fn present(id: Uuid) -> Option<Uuid> {
    (!id.is_nil()).then_some(id)
}

/// Fills an empty slot: the first id wins. Returns whether the slot has another one.
#[inline]
fn fill_id(slot: &mut Uuid, id: Option<Uuid>) -> bool {
    let Some(id) = id else { return false };
    if slot.is_nil() {
        *slot = id;
    }
    *slot != id
}

fn reason(by_error: bool, by_slowness: bool) -> Option<SampledBy> {
    let by_error = by_error.then_some(SampledBy::Error);
    by_error.or(by_slowness.then_some(SampledBy::Slow))
}

impl Decides for TaskEntry {
    const EMPTY: Self = Self::EMPTY;
    const KIND: u64 = 1;

    fn decided(&self) -> u64 {
        let is_by = |by| u64::from(self.sampled_by == Some(by));
        u64::from(self.has_root)
            | is_by(SampledBy::Error) << 1
            | u64::from(self.has_exported_span) << 2
            | is_by(SampledBy::Slow) << 3
    }

    fn restored(decided: u64) -> Self {
        Self {
            has_root: decided & 1 != 0,
            sampled_by: reason(decided & 2 != 0, decided & 8 != 0),
            has_exported_span: decided & 4 != 0,
            ..Self::EMPTY
        }
    }
}

/// Where the latest unsampled execution is, above the attempts: its attempt, its state, and whether it is followed.
const UNSAMPLED: u32 = Attempts::PACKED_SIZE;
const STATE: u32 = UNSAMPLED + u8::BITS;
const FOLLOWED: u32 = STATE + 3;
const _: () = assert!(FOLLOWED < u64::BITS);

impl Decides for StepEntry {
    const EMPTY: Self = Self::EMPTY;
    const KIND: u64 = 2;

    fn decided(&self) -> u64 {
        self.attempts.pack() | self.unsampled.pack()
    }

    fn restored(decided: u64) -> Self {
        Self {
            attempts: Attempts::unpack(decided & ((1 << UNSAMPLED) - 1)),
            unsampled: Unsampled::unpack(decided),
            ..Self::EMPTY
        }
    }
}

impl Unsampled {
    /// Nothing of an attempt after the 255th.
    fn pack(self) -> u64 {
        match u8::try_from(self.attempt) {
            Ok(attempt) if self.state != UnsampledState::Absent => {
                u64::from(attempt) << UNSAMPLED | (self.state as u64) << STATE | u64::from(self.is_followed) << FOLLOWED
            }
            _ => 0,
        }
    }

    fn unpack(decided: u64) -> Self {
        let attempt = u32::try_from(decided >> UNSAMPLED & u64::from(u8::MAX)).unwrap_or(0);
        let state = match decided >> STATE & 7 {
            0 => UnsampledState::Absent,
            1 => UnsampledState::Open,
            2 => UnsampledState::WantedByError,
            3 => UnsampledState::Ended,
            _ => UnsampledState::WantedBySlowness,
        };
        Self {
            attempt,
            state,
            is_followed: decided >> FOLLOWED & 1 != 0,
        }
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
        fill_id(&mut self.correlation_id, id)
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
        fill_id(&mut self.parent_correlation_id, id)
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

impl StepEntry {
    pub(super) const EMPTY: Self = Self {
        task_uuid: Uuid::nil(),
        correlation_id: Uuid::nil(),
        namespace: None,
        handler_name: None,
        step_name: None,
        execution: None,
        attempts: Attempts::NONE,
        unsampled: Unsampled {
            attempt: 0,
            state: UnsampledState::Absent,
            is_followed: false,
        },
    };

    pub(crate) fn task_uuid(&self) -> Option<Uuid> {
        present(self.task_uuid)
    }

    pub(crate) fn fill_task_uuid(&mut self, id: Option<Uuid>) -> bool {
        fill_id(&mut self.task_uuid, id)
    }

    pub(crate) fn correlation_id(&self) -> Option<Uuid> {
        present(self.correlation_id)
    }

    pub(crate) fn fill_correlation_id(&mut self, id: Option<Uuid>) -> bool {
        fill_id(&mut self.correlation_id, id)
    }

    /// Notes an attempt whose execution starts and is unsampled. Of an execution that has an entry apart, the step's entry knows no
    /// attempt.
    pub(crate) fn note_unsampled(&mut self, attempt: Option<u32>) {
        self.unsampled = Unsampled {
            attempt: attempt.unwrap_or(0),
            state: UnsampledState::Open,
            is_followed: false,
        };
    }

    /// Notes that an attempt is sampled, after those that were not, under another rate.
    pub(crate) fn note_sampled(&mut self) {
        // An execution that still runs answers those that want it at its end.
        if self.unsampled.state.wanted_by().is_none() {
            self.unsampled.is_followed = true;
        }
    }

    /// Whether the attempt is unsampled: it, or one after it. Of an attempt that is not known, whether the latest is.
    pub(crate) fn is_unsampled(&self, attempt: Option<u32>) -> bool {
        self.unsampled.state != UnsampledState::Absent
            && match attempt {
                Some(attempt) => self.unsampled.attempt().is_some_and(|latest| attempt <= latest),
                None => !self.unsampled.is_followed,
            }
    }

    /// Whether this very attempt was executed here, unsampled.
    pub(crate) fn has_run_unsampled(&self, attempt: u32) -> bool {
        self.is_open_or_was(Some(attempt))
    }

    fn is_open_or_was(&self, attempt: Option<u32>) -> bool {
        self.unsampled.state != UnsampledState::Absent && self.unsampled.attempt() == attempt
    }

    /// Asks for the export of the attempt's execution. Returns false if it is too late.
    pub(crate) fn want(&mut self, attempt: Option<u32>, by: SampledBy) -> bool {
        let wanted = self.wanted_by(attempt);
        let is_open = self.is_open(attempt);
        if is_open || wanted.is_some_and(|before| before < by) {
            self.unsampled.state = UnsampledState::wanted(by);
        }
        is_open || wanted.is_some()
    }

    /// Why the export of the attempt's execution was asked for.
    pub(crate) fn wanted_by(&self, attempt: Option<u32>) -> Option<SampledBy> {
        let by = self.unsampled.state.wanted_by();
        by.filter(|_| self.is_open_or_was(attempt))
    }

    /// Notes the end of the attempt's execution, and tells why its export was asked for.
    pub(crate) fn end_unsampled(&mut self, attempt: Option<u32>) -> Option<SampledBy> {
        if self.is_open(attempt) {
            self.unsampled.state = UnsampledState::Ended;
        }
        self.wanted_by(attempt)
    }

    fn is_open(&self, attempt: Option<u32>) -> bool {
        self.is_open_or_was(attempt) && self.unsampled.state == UnsampledState::Open && !self.unsampled.is_followed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::intern::intern;

    fn unsampled(attempt: u32) -> StepEntry {
        let mut step = StepEntry::default();
        step.note_unsampled(Some(attempt));
        step
    }

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
    fn an_execution_is_asked_for_until_it_ends() {
        let (first, second) = (Some(1), Some(2));
        let by = SampledBy::Error;
        assert!(!StepEntry::default().want(first, by), "no execution has started");
        let mut step = unsampled(1);
        assert!(!step.want(second, by) && !step.want(None, by));
        assert!(step.want(first, by) && step.want(first, by) && step.is_unsampled(first) && !step.is_unsampled(second));
        assert_eq!(step.end_unsampled(first), Some(by));
        step.note_unsampled(second);
        assert_eq!([step.end_unsampled(first), step.end_unsampled(second)], [None; 2]);
        assert!(
            !step.want(second, by) && step.is_unsampled(first) && step.is_unsampled(second) && step.is_unsampled(None)
        );
    }

    #[test]
    fn an_error_is_the_stronger_reason() {
        let (first, mut step) = (Some(1), unsampled(1));
        for (by, expected) in [
            (SampledBy::Slow, SampledBy::Slow),
            (SampledBy::Error, SampledBy::Error),
            (SampledBy::Slow, SampledBy::Error),
        ] {
            assert!(step.want(first, by));
            assert_eq!(step.wanted_by(first), Some(expected));
            assert_eq!(StepEntry::restored(step.decided()).end_unsampled(first), Some(expected));
            let mut task = TaskEntry::restored(TaskEntry::default().decided());
            task.note_sampled_by(expected);
            task.note_sampled_by(by);
            assert_eq!(TaskEntry::restored(task.decided()).sampled_by(), Some(expected));
        }
    }

    #[test]
    fn a_decided_entry_is_restored_without_its_ids() {
        let mut task = TaskEntry::default();
        assert_eq!(task.decided(), 0);
        task.fill_correlation_id(Some(Uuid::from_u128(1)));
        assert_eq!(task.decided(), 0, "an id decides nothing");
        task.note_sampled_by(SampledBy::Error);
        let mut restored = TaskEntry::restored(task.decided());
        assert!(restored.needs_root() && !restored.has_exported_span() && restored.claim_root());
        assert!(!TaskEntry::restored(restored.decided()).claim_root());

        assert_eq!(StepEntry::default().decided(), 0);
        let mut step = unsampled(7);
        step.attempts.claim(2);
        step.end_unsampled(Some(7));
        let mut restored = StepEntry::restored(step.decided());
        assert_eq!(
            restored,
            StepEntry {
                attempts: step.attempts,
                ..unsampled_and_ended(7)
            }
        );
        assert!(restored.has_run_unsampled(7) && !restored.has_run_unsampled(2) && !restored.attempts.claim(2));
        assert_eq!(StepEntry::restored(unsampled(256).decided()), StepEntry::default());
    }

    fn unsampled_and_ended(attempt: u32) -> StepEntry {
        let mut step = unsampled(attempt);
        step.end_unsampled(Some(attempt));
        step
    }

    #[test]
    fn a_later_attempt_may_be_sampled() {
        assert!(!StepEntry::default().has_run_unsampled(1));
        let mut step = unsampled(1);
        assert!(step.has_run_unsampled(1) && !step.has_run_unsampled(2) && step.is_unsampled(None));
        step.note_sampled();
        assert!(
            step.has_run_unsampled(1) && step.is_unsampled(Some(1)),
            "it was unsampled all the same"
        );
        assert!(!step.is_unsampled(Some(2)) && !step.is_unsampled(None) && step.end_unsampled(Some(1)).is_none());
        step.note_unsampled(Some(1));
        assert!(step.want(Some(1), SampledBy::Error) && step.is_unsampled(None));
        step.note_sampled();
        assert!(step.end_unsampled(Some(1)).is_some(), "it still runs");
    }
}
