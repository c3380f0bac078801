//! The identity cache: the ids that this process has seen, for spans that a spawn or a channel cut
//! off from the span that knew them. Two tables of a fixed size, by task UUID and by step UUID.
//!
//! Each is set-associative: a set has a few entries, and the least recently used one is evicted. A
//! set's lock is held for the copy of some fields. Empty tables are zeros, which take no memory.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::SpanId;
use super::attempts::Attempts;
use super::intern::Interned;
use crate::clock::Instant;

const WAYS: usize = 4;
const TASK_SETS: usize = 4096;
const STEP_SETS: usize = 8192;

static TASKS: [Mutex<Set<TaskEntry>>; TASK_SETS] = [const { Mutex::new(Set::new(TaskEntry::EMPTY)) }; TASK_SETS];
static STEPS: [Mutex<Set<StepEntry>>; STEP_SETS] = [const { Mutex::new(Set::new(StepEntry::EMPTY)) }; STEP_SETS];

/// What is known of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TaskEntry {
    correlation_id: Uuid,
    parent_correlation_id: Uuid,
    pub(crate) namespace: Option<Interned>,
    pub(crate) task_name: Option<Interned>,
    pub(crate) priority: Option<i64>,
    /// When this process first met the task.
    pub(crate) first_seen: Option<Instant>,
    /// When the task started, as one of its spans knew.
    started_at: UnixNanos,
    /// A driver or a terminal transition of this process accounts for the root.
    has_root: bool,
    /// An unsampled span of the task was exported for an error.
    has_exported_error: bool,
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
    /// The span of the attempt that this process executed last.
    pub(crate) execution: Option<SpanId>,
    /// The attempts whose ids are assigned.
    pub(crate) attempts: Attempts,
    unsampled: Unsampled,
}

/// The latest unsampled execution of a step in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Unsampled {
    attempt: Option<i64>,
    state: UnsampledState,
    /// A later attempt is sampled, under another rate.
    is_followed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum UnsampledState {
    /// There is none.
    #[default]
    Absent,
    /// It may still run, or it was exported because it failed.
    Open,
    /// It is to be exported, because an exported span has it as its parent.
    Wanted,
    /// It has ended and was not exported.
    Ended,
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

fn fill_id(slot: &mut Uuid, id: Option<Uuid>) {
    if slot.is_nil()
        && let Some(id) = id
    {
        *slot = id;
    }
}

impl TaskEntry {
    const EMPTY: Self = Self {
        correlation_id: Uuid::nil(),
        parent_correlation_id: Uuid::nil(),
        namespace: None,
        task_name: None,
        priority: None,
        first_seen: None,
        started_at: UnixNanos(0),
        has_root: false,
        has_exported_error: false,
        has_exported_span: false,
    };

    pub(crate) fn correlation_id(&self) -> Option<Uuid> {
        present(self.correlation_id)
    }

    pub(crate) fn fill_correlation_id(&mut self, id: Option<Uuid>) {
        fill_id(&mut self.correlation_id, id);
    }

    pub(crate) fn parent_correlation_id(&self) -> Option<Uuid> {
        present(self.parent_correlation_id)
    }

    pub(crate) fn fill_parent_correlation_id(&mut self, id: Option<Uuid>) {
        fill_id(&mut self.parent_correlation_id, id);
    }

    pub(crate) fn started_at(&self) -> Option<SystemTime> {
        self.started_at.get()
    }

    pub(crate) fn set_started_at(&mut self, time: SystemTime) {
        self.started_at = UnixNanos::new(time);
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
    pub(crate) fn note_exported_error(&mut self) {
        self.has_exported_error = true;
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
        self.has_exported_error || self.has_exported_span
    }
}

impl StepEntry {
    const EMPTY: Self = Self {
        task_uuid: Uuid::nil(),
        correlation_id: Uuid::nil(),
        namespace: None,
        handler_name: None,
        execution: None,
        attempts: Attempts::NONE,
        unsampled: Unsampled {
            attempt: None,
            state: UnsampledState::Absent,
            is_followed: false,
        },
    };

    pub(crate) fn task_uuid(&self) -> Option<Uuid> {
        present(self.task_uuid)
    }

    pub(crate) fn fill_task_uuid(&mut self, id: Option<Uuid>) {
        fill_id(&mut self.task_uuid, id);
    }

    pub(crate) fn correlation_id(&self) -> Option<Uuid> {
        present(self.correlation_id)
    }

    pub(crate) fn fill_correlation_id(&mut self, id: Option<Uuid>) {
        fill_id(&mut self.correlation_id, id);
    }

    /// Notes an attempt whose execution starts and is unsampled.
    pub(crate) fn note_unsampled(&mut self, attempt: Option<i64>) {
        self.unsampled = Unsampled {
            attempt,
            state: UnsampledState::Open,
            is_followed: false,
        };
    }

    /// Notes that an attempt is sampled, after those that were not, under another rate.
    pub(crate) fn note_sampled(&mut self) {
        // An execution that still runs answers those that want it at its end.
        if self.unsampled.state != UnsampledState::Wanted {
            self.unsampled.is_followed = true;
        }
    }

    /// Whether the attempt is unsampled: it, or one after it. Of an attempt that is not known, whether the latest is.
    pub(crate) fn is_unsampled(&self, attempt: Option<i64>) -> bool {
        self.unsampled.state != UnsampledState::Absent
            && match attempt {
                Some(_) => attempt <= self.unsampled.attempt,
                None => !self.unsampled.is_followed,
            }
    }

    /// Whether this very attempt was executed here, unsampled.
    pub(crate) fn has_run_unsampled(&self, attempt: u32) -> bool {
        self.is_open_or_was(Some(i64::from(attempt)))
    }

    fn is_open_or_was(&self, attempt: Option<i64>) -> bool {
        self.unsampled.state != UnsampledState::Absent && self.unsampled.attempt == attempt
    }

    /// Asks for the export of the attempt's execution. Returns false if it is too late.
    pub(crate) fn want(&mut self, attempt: Option<i64>) -> bool {
        let is_it = self.is_open_or_was(attempt);
        if is_it && self.unsampled.state == UnsampledState::Open && !self.unsampled.is_followed {
            self.unsampled.state = UnsampledState::Wanted;
        }
        is_it && self.unsampled.state == UnsampledState::Wanted
    }

    /// Notes the end of the attempt's execution, and tells whether its export was asked for.
    pub(crate) fn end_unsampled(&mut self, attempt: Option<i64>) -> bool {
        let is_it = self.is_open_or_was(attempt);
        if is_it && self.unsampled.state == UnsampledState::Open && !self.unsampled.is_followed {
            self.unsampled.state = UnsampledState::Ended;
        }
        is_it && self.unsampled.state == UnsampledState::Wanted
    }
}

/// Looks the task up.
#[inline]
pub(crate) fn task(realm: u128, task_uuid: Uuid) -> Option<TaskEntry> {
    lock(&TASKS, key(realm, task_uuid), |set, key| set.get(key).copied())
}

/// Looks the step up.
#[inline]
pub(crate) fn step(realm: u128, step_uuid: Uuid) -> Option<StepEntry> {
    lock(&STEPS, key(realm, step_uuid), |set, key| set.get(key).copied())
}

/// Inserts the task if it is not there, and changes what is known of it.
#[inline]
pub(crate) fn update_task<R>(realm: u128, task_uuid: Uuid, change: impl FnOnce(&mut TaskEntry) -> R) -> R {
    lock(&TASKS, key(realm, task_uuid), |set, key| {
        change(set.get_or_insert(key, TaskEntry::EMPTY))
    })
}

/// Inserts the step if it is not there, and changes what is known of it.
#[inline]
pub(crate) fn update_step<R>(realm: u128, step_uuid: Uuid, change: impl FnOnce(&mut StepEntry) -> R) -> R {
    lock(&STEPS, key(realm, step_uuid), |set, key| {
        change(set.get_or_insert(key, StepEntry::EMPTY))
    })
}

/// The same id is another one to each capture of a test.
#[inline]
fn key(realm: u128, id: Uuid) -> u128 {
    id.as_u128() ^ realm
}

#[inline]
fn lock<V, R, const N: usize>(table: &[Mutex<Set<V>>; N], key: u128, act: impl FnOnce(&mut Set<V>, u128) -> R) -> R {
    #[expect(clippy::cast_possible_truncation, reason = "both halves enter the hash")]
    let (high, low) = ((key >> 64) as u64, key as u64);
    // Multiplication by the golden ratio spreads sequential ids over the sets.
    let hash = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let index = usize::try_from(hash).unwrap_or_default() % N;
    act(&mut table[index].lock().unwrap_or_else(PoisonError::into_inner), key)
}

/// A few entries. The keys lie together, so that a search reads one or two lines of the processor's cache.
struct Set<V> {
    /// The nil UUID is no key: nil ids are removed before.
    keys: [u128; WAYS],
    /// When each entry was last used, by `clock`.
    used: [u32; WAYS],
    clock: u32,
    values: [V; WAYS],
}

impl<V: Copy> Set<V> {
    const fn new(empty: V) -> Self {
        Self {
            keys: [0; WAYS],
            used: [0; WAYS],
            clock: 0,
            values: [empty; WAYS],
        }
    }

    #[inline]
    fn get(&mut self, key: u128) -> Option<&mut V> {
        let position = self.position(key)?;
        Some(self.touch(position))
    }

    #[inline]
    fn get_or_insert(&mut self, key: u128, empty: V) -> &mut V {
        let known = self.position(key);
        let position = known.unwrap_or_else(|| self.insert(key, empty));
        self.touch(position)
    }

    #[inline]
    fn position(&self, key: u128) -> Option<usize> {
        self.keys.iter().position(|other| *other == key)
    }

    fn insert(&mut self, key: u128, empty: V) -> usize {
        let position = self.position(0).unwrap_or_else(|| {
            let age = |position: &usize| self.clock.wrapping_sub(self.used[*position]);
            let oldest = (0..WAYS).max_by_key(age).unwrap_or(0);
            self.values[oldest] = empty;
            oldest
        });
        self.keys[position] = key;
        position
    }

    #[inline]
    fn touch(&mut self, position: usize) -> &mut V {
        self.clock = self.clock.wrapping_add(1);
        self.used[position] = self.clock;
        &mut self.values[position]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicts_the_least_recently_used() {
        let mut set = Set::new(0_u32);
        for key in 1..=4 {
            *set.get_or_insert(key, 0) = u32::try_from(key).unwrap() + 10;
        }
        assert_eq!(set.get(1).copied(), Some(11), "now the most recently used");
        *set.get_or_insert(5, 0) = 15;
        assert_eq!(set.get(2), None, "it made room");
        assert_eq!(
            [1, 3, 4, 5].map(|key| set.get(key).copied()),
            [Some(11), Some(13), Some(14), Some(15)]
        );
    }

    #[test]
    fn sequential_ids_spread_over_the_sets() {
        static SETS: [Mutex<Set<u8>>; 1024] = [const { Mutex::new(Set::new(0)) }; 1024];
        for n in 0..1024_u128 {
            lock(&SETS, 0x0198_c0de_0000_7000_8000_0000_0000_0000 + n, |set, key| {
                *set.get_or_insert(key, 0) = 1;
            });
        }
        let used = SETS.iter().filter(|set| set.lock().unwrap().keys != [0; WAYS]).count();
        assert!(used > 512, "{used} of 1024 sets used");
    }

    #[test]
    fn each_realm_has_its_own_entries() {
        let id = Uuid::from_u128(0xcafe);
        assert!(update_task(1, id, TaskEntry::claim_root) && !update_task(1, id, TaskEntry::claim_root));
        assert!(update_task(2, id, TaskEntry::claim_root));
        assert_eq!(step(1, id), None);
    }

    #[test]
    fn entries_are_small() {
        assert!(size_of::<TaskEntry>() <= 96 && size_of::<StepEntry>() <= 128);
    }

    fn unsampled(attempt: i64) -> StepEntry {
        let mut step = StepEntry::default();
        step.note_unsampled(Some(attempt));
        step
    }

    #[test]
    fn an_execution_is_asked_for_until_it_ends() {
        let (first, second) = (Some(1), Some(2));
        assert!(!StepEntry::default().want(first), "no execution has started");
        let mut step = unsampled(1);
        assert!(!step.want(second) && !step.want(None));
        assert!(step.want(first) && step.want(first) && step.is_unsampled(first) && !step.is_unsampled(second));
        assert!(step.end_unsampled(first));
        step.note_unsampled(second);
        assert!(!step.end_unsampled(first) && !step.end_unsampled(second));
        assert!(!step.want(second) && step.is_unsampled(first) && step.is_unsampled(second) && step.is_unsampled(None));
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
        assert!(!step.is_unsampled(Some(2)) && !step.is_unsampled(None) && !step.end_unsampled(Some(1)));
        step.note_unsampled(Some(1));
        assert!(step.want(Some(1)) && step.is_unsampled(None));
        step.note_sampled();
        assert!(step.end_unsampled(Some(1)), "it still runs");
    }
}
