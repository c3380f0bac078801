//! The identity cache: the ids that this process has seen, for spans that a spawn or a channel cut
//! off from the span that knew them. Two tables of a fixed size, by task UUID and by step UUID.
//!
//! Each is set-associative: a set has a few entries, and the least recently used one is evicted. A
//! set's lock is held for the copy of some fields. Empty tables are zeros, which take no memory.
//!
//! Entries are found by whole ids, never by a hash alone. What an evicted entry has decided is in `decided`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

use uuid::Uuid;

use super::SpanId;
use super::decided::{self, Decides};
use super::key::{Key, halves, whole};
pub(crate) use super::step_entry::StepEntry;
pub(crate) use super::task_entry::TaskEntry;
use super::transitions;
pub(crate) use super::transitions::Transition;
use crate::lock;
use crate::prefetch::{LINE, prefetch};

const WAYS: usize = 4;
const TASK_SETS: usize = 4096;
const STEP_SETS: usize = 8192;
const TRANSITION_SETS: usize = 1024;

static TASKS: [Lines<TaskEntry>; TASK_SETS] = [const { Lines::new(TaskEntry::EMPTY) }; TASK_SETS];
static STEPS: [Lines<StepEntry>; STEP_SETS] = [const { Lines::new(StepEntry::EMPTY) }; STEP_SETS];

static TRANSITIONS: [Lines<Option<Transition>>; TRANSITION_SETS] = [const { Lines::new(None) }; TRANSITION_SETS];

/// Looks the task up.
#[inline]
pub(crate) fn task(realm: u128, task_uuid: Uuid) -> Option<TaskEntry> {
    with(&TASKS, Key::new(realm, task_uuid), Set::look_up)
}

/// Looks the step up.
#[inline]
pub(crate) fn step(realm: u128, step_uuid: Uuid) -> Option<StepEntry> {
    with(&STEPS, Key::new(realm, step_uuid), Set::look_up)
}

/// Inserts the task if it is not there, and changes what is known of it.
#[inline]
pub(crate) fn update_task<R>(realm: u128, task_uuid: Uuid, change: impl FnOnce(&mut TaskEntry) -> R) -> R {
    with(&TASKS, Key::new(realm, task_uuid), |set, key| {
        change(set.get_or_insert(key))
    })
}

/// Inserts the step if it is not there, and changes what is known of it.
#[inline]
pub(crate) fn update_step<R>(realm: u128, step_uuid: Uuid, change: impl FnOnce(&mut StepEntry) -> R) -> R {
    with(&STEPS, Key::new(realm, step_uuid), |set, key| {
        change(set.get_or_insert(key))
    })
}

/// Fetches what will be looked at for this task and step.
#[inline]
pub(crate) fn fetch(realm: u128, task_uuid: Option<Uuid>, step_uuid: Option<Uuid>) {
    if let Some(task_uuid) = task_uuid {
        fetch_lines(&TASKS, Key::new(realm, task_uuid));
    }
    if let Some(step_uuid) = step_uuid {
        fetch_lines(&STEPS, Key::new(realm, step_uuid));
    }
}

#[inline]
fn fetch_lines<V: Decides, const N: usize>(table: &[Lines<V>; N], key: Key) {
    prefetch(&table[key.set(N)]);
    decided::fetch(decided::place(key));
}

/// Fetches what is written when this task and step are inserted, and others evicted.
#[inline]
pub(crate) fn fetch_evicted(realm: u128, task_uuid: Option<Uuid>, step_uuid: Option<Uuid>) {
    if let Some(task_uuid) = task_uuid {
        fetch_evicted_of(&TASKS, Key::new(realm, task_uuid));
    }
    if let Some(step_uuid) = step_uuid {
        fetch_evicted_of(&STEPS, Key::new(realm, step_uuid));
    }
}

#[inline]
fn fetch_evicted_of<V: Decides, const N: usize>(table: &[Lines<V>; N], key: Key) {
    decided::fetch(table[key.set(N)].evicted_next.load(Ordering::Relaxed));
}

/// The task's latest transition in this process.
pub(crate) fn transition(realm: u128, task_uuid: Uuid) -> Option<Transition> {
    with(&TRANSITIONS, Key::new(realm, task_uuid), |set, key| {
        set.get(key).copied().flatten()
    })
}

/// Notes the task's latest transition.
pub(crate) fn note_transition(realm: u128, task_uuid: Uuid, transition: Transition) {
    with(&TRANSITIONS, Key::new(realm, task_uuid), |set, key| {
        *set.get_or_insert(key) = Some(transition);
    });
}

/// Claims the id of a transition that no code ran: true once in this process, as far as `decided` has room.
pub(crate) fn claim_transition(realm: u128, task_uuid: Uuid, span_id: SpanId) -> bool {
    transitions::claim(Key::new(realm, task_uuid), span_id)
}

#[inline]
fn with<V: Decides, R, const N: usize>(table: &[Lines<V>; N], key: Key, act: impl FnOnce(&mut Set<V>, Key) -> R) -> R {
    let lines = &table[key.set(N)];
    let mut set = lock::lock(&lines.set);
    // Without it, as if its entries were evicted.
    match set.as_deref_mut() {
        Some(set) => {
            let result = act(set, key);
            lines.evicted_next.store(set.evicted_next, Ordering::Relaxed);
            result
        }
        None => act(&mut Set::new(V::EMPTY), key),
    }
}

/// A set at the start of a line: the first has its lock, the second its keys, and each other one an entry.
#[repr(C, align(128))]
struct Lines<V> {
    /// A copy of the set's, to be read without the lock.
    evicted_next: AtomicU16,
    set: Mutex<Set<V>>,
}

impl<V: Copy> Lines<V> {
    const fn new(empty: V) -> Self {
        Self {
            evicted_next: AtomicU16::new(0),
            set: Mutex::new(Set::new(empty)),
        }
    }
}

#[repr(C)]
struct Set<V> {
    /// When each entry was last used, by `clock`.
    used: [u32; WAYS],
    clock: u32,
    /// Where `decided` keeps what the entry has decided that is evicted next, unless it is used before.
    evicted_next: decided::Place,
    /// The rest of the line of the lock.
    _line: [u16; (LINE - 38) / 2],
    /// The nil UUID is no key: nil ids are removed before. In halves, which take up no more than the keys.
    keys: [[u64; 2]; WAYS],
    values: [V; WAYS],
}

impl<V: Copy> Set<V> {
    const fn new(empty: V) -> Self {
        Self {
            used: [0; WAYS],
            clock: 0,
            evicted_next: 0,
            _line: [0; (LINE - 38) / 2],
            keys: [[0; 2]; WAYS],
            values: [empty; WAYS],
        }
    }
}

impl<V: Decides> Set<V> {
    /// The entry, or what an evicted one has decided.
    #[inline]
    fn look_up(&mut self, key: Key) -> Option<V> {
        self.get(key).copied().or_else(|| decided::read(key))
    }

    #[inline]
    fn get(&mut self, key: Key) -> Option<&mut V> {
        let position = self.position(key)?;
        Some(self.touch(position))
    }

    #[inline]
    fn get_or_insert(&mut self, key: Key) -> &mut V {
        match self.position(key) {
            Some(position) => self.touch(position),
            None => self.insert(key),
        }
    }

    #[inline]
    fn position(&self, key: Key) -> Option<usize> {
        let key = halves(key.id);
        self.keys.iter().position(|other| *other == key)
    }

    fn insert(&mut self, key: Key) -> &mut V {
        let free = self.keys.iter().position(|key| *key == [0; 2]);
        let position = free.unwrap_or_else(|| {
            let oldest = self.oldest();
            decided::keep(self.key(oldest), &self.values[oldest]);
            oldest
        });
        self.values[position] = decided::take(key);
        self.keys[position] = halves(key.id);
        self.touch(position);
        self.evicted_next = decided::place(self.key(self.oldest()));
        &mut self.values[position]
    }

    fn key(&self, position: usize) -> Key {
        Key::of(whole(self.keys[position]))
    }

    fn oldest(&self) -> usize {
        let age = |position: &usize| self.clock.wrapping_sub(self.used[*position]);
        (0..WAYS).max_by_key(age).unwrap_or(0)
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

    /// It decides nothing.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Bare(u32);

    impl Decides for Bare {
        const EMPTY: Self = Self(0);
        const KIND: u64 = decided::NOTHING;

        fn decided(&self) -> u64 {
            0
        }

        fn restored(_: u64) -> Self {
            Self::EMPTY
        }
    }

    #[test]
    fn evicts_the_least_recently_used() {
        let mut set = Set::new(Bare(0));
        for key in 1..=4 {
            *set.get_or_insert(Key::of(key)) = Bare(u32::try_from(key).unwrap() + 10);
        }
        assert_eq!(
            set.get(Key::of(1)).copied(),
            Some(Bare(11)),
            "now the most recently used"
        );
        *set.get_or_insert(Key::of(5)) = Bare(15);
        assert_eq!(set.get(Key::of(2)), None, "it made room");
        assert_eq!(
            [1, 3, 4, 5].map(|key| set.get(Key::of(key)).copied()),
            [11, 13, 14, 15].map(|value| Some(Bare(value)))
        );
    }

    #[test]
    fn sequential_ids_spread_over_the_sets() {
        static SETS: [Lines<Bare>; 1024] = [const { Lines::new(Bare(0)) }; 1024];
        for n in 0..1024_u128 {
            with(
                &SETS,
                Key::of(0x0198_c0de_0000_7000_8000_0000_0000_0000 + n),
                |set, key| {
                    *set.get_or_insert(key) = Bare(1);
                },
            );
        }
        let used = SETS
            .iter()
            .filter(|lines| lines.set.lock().unwrap().keys != [[0; 2]; WAYS])
            .count();
        assert!(used > 512, "{used} of 1024 sets used");
    }

    /// Only ids of one set are inserted, so that what is kept of them cannot fill a set of `decided` by chance.
    #[test]
    fn an_evicted_entry_is_found_by_what_it_decided() {
        let (id, realm) = (Uuid::from_u128(0xdec1_ded0), 3);
        // The steps have a multiple of the tasks' sets.
        let set = |id| Key::new(realm, id).set(STEP_SETS);
        let others = (1..)
            .map(|n| Uuid::from_u128(n << 64))
            .filter(|other| set(*other) == set(id));
        assert!(update_task(realm, id, TaskEntry::claim_root));
        assert!(update_step(realm, id, |step| step.attempts.claim(2)));
        for other in others.take(WAYS) {
            update_task(realm, other, TaskEntry::claim_root);
            update_step(realm, other, |step| step.attempts.claim(1));
        }
        assert!(with(&TASKS, Key::new(realm, id), |set, key| set
            .position(key)
            .is_none()));
        assert!(with(&STEPS, Key::new(realm, id), |set, key| set
            .position(key)
            .is_none()));
        assert!(task(realm, id).is_some(), "it is read without an entry");
        assert!(!update_task(realm, id, TaskEntry::claim_root));
        let again = |attempt| update_step(realm, id, |step| step.attempts.claim(attempt));
        assert!(!again(2) && again(1) && again(3));
        assert_eq!(task(realm, Uuid::from_u128(0xdec1_ded1)), None);
    }

    #[test]
    fn each_realm_has_its_own_entries() {
        let id = Uuid::from_u128(0xcafe);
        assert!(update_task(1, id, TaskEntry::claim_root) && !update_task(1, id, TaskEntry::claim_root));
        assert!(update_task(2, id, TaskEntry::claim_root));
        assert_eq!(step(1, id), None);
    }

    #[test]
    fn an_entry_is_one_line_of_the_processors_cache() {
        fn offsets<V: Copy>(table: &[Lines<V>; 2]) -> impl Iterator<Item = usize> {
            table.iter().flat_map(|lines| {
                let set = lines.set.lock().unwrap();
                let entries = set.values.each_ref().map(|value| (&raw const *value).addr() % LINE);
                [(&raw const set.keys).addr() % LINE].into_iter().chain(entries)
            })
        }
        static TASKS: [Lines<TaskEntry>; 2] = [const { Lines::new(TaskEntry::EMPTY) }; 2];
        static STEPS: [Lines<StepEntry>; 2] = [const { Lines::new(StepEntry::EMPTY) }; 2];
        assert_eq!((size_of::<TaskEntry>(), size_of::<StepEntry>()), (LINE, LINE));
        assert!(offsets(&TASKS).chain(offsets(&STEPS)).all(|offset| offset == 0));
        assert_eq!(size_of::<Lines<StepEntry>>(), 6 * LINE);
    }
}
