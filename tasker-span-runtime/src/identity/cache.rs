//! The identity cache: the ids that this process has seen, for spans that a spawn or a channel cut
//! off from the span that knew them. Two tables of a fixed size, by task UUID and by step UUID.
//!
//! Each is set-associative: a set has a few entries, and the least recently used one is evicted. A
//! set's lock is held for the copy of some fields. Empty tables are zeros, which take no memory.
//!
//! Entries are found by whole ids, never by a hash alone. What an evicted entry has decided stays in its set.

use std::ops::Range;
use std::sync::Mutex;

use uuid::Uuid;

use super::SpanId;
use super::decided::{Decided, Decides};
use super::key::{Key, halves, whole};
pub(crate) use super::step_entry::StepEntry;
pub(crate) use super::task_entry::TaskEntry;
pub(crate) use super::transitions::Transition;
use crate::lock;
use crate::prefetch::prefetch_lines;

const WAYS: usize = 4;
/// The lines of a set that have its keys and entries. The first line has the lock. Those between are words of `Decided`.
const ENTRIES: Range<usize> = 9..10 + WAYS;
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
    let lines = &table[key.set(N)];
    prefetch_lines(lines, 0..1);
    prefetch_lines(lines, ENTRIES);
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

/// Claims the id of a transition that no code ran: true once in this process, as far as there is room.
pub(crate) fn claim_transition(realm: u128, task_uuid: Uuid, span_id: SpanId) -> bool {
    let id = Key::new(realm, task_uuid).id ^ u128::from(span_id.to_u64());
    with(&TRANSITIONS, Key::of(id), |set, key| set.decided.claim(key))
}

#[inline]
fn with<V: Decides, R, const N: usize>(table: &[Lines<V>; N], key: Key, act: impl FnOnce(&mut Set<V>, Key) -> R) -> R {
    let mut set = lock::lock(&table[key.set(N)].0);
    // Without it, as if its entries were evicted.
    match set.as_deref_mut() {
        Some(set) => act(set, key),
        None => act(&mut Set::new(V::EMPTY), key),
    }
}

/// A set with its lock, in one page of memory. Pages take the processor longer to find than lines, so that an id is looked for
/// in one only.
#[repr(C, align(1024))]
struct Lines<V>(Mutex<Set<V>>);

impl<V: Copy> Lines<V> {
    const fn new(empty: V) -> Self {
        Self(Mutex::new(Set::new(empty)))
    }
}

#[repr(C)]
struct Set<V> {
    /// When each entry was last used, by `clock`.
    used: [u16; WAYS],
    clock: u16,
    /// Its marks are in the line of the lock.
    decided: Decided,
    /// The nil UUID is no key: nil ids are removed before. In halves, which take up no more than the keys.
    keys: [[u64; 2]; WAYS],
    values: [V; WAYS],
}

impl<V: Copy> Set<V> {
    const fn new(empty: V) -> Self {
        Self {
            used: [0; WAYS],
            clock: 0,
            decided: Decided::NOTHING,
            keys: [[0; 2]; WAYS],
            values: [empty; WAYS],
        }
    }
}

impl<V: Decides> Set<V> {
    /// The entry, or what an evicted one has decided.
    #[inline]
    fn look_up(&mut self, key: Key) -> Option<V> {
        self.get(key).copied().or_else(|| self.decided.read(key))
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
            self.decided
                .keep(Key::of(whole(self.keys[oldest])), &self.values[oldest]);
            oldest
        });
        self.values[position] = self.decided.take(key);
        self.keys[position] = halves(key.id);
        self.touch(position)
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
    use crate::prefetch::LINE;

    /// It decides nothing.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Bare(u32);

    impl Decides for Bare {
        const EMPTY: Self = Self(0);

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
            .filter(|lines| lines.0.lock().unwrap().keys != [[0; 2]; WAYS])
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
    fn the_keys_and_each_entry_are_a_line_of_one_page() {
        fn lines<V: Copy>(table: &[Lines<V>; 2]) -> [Vec<usize>; 2] {
            table.each_ref().map(|lines| {
                let line = |addr: usize| {
                    let offset = addr - (&raw const *lines).addr();
                    assert_eq!(offset % LINE, 0);
                    offset / LINE
                };
                let set = lines.0.lock().unwrap();
                let entries = set.values.iter().map(|value| line((&raw const *value).addr()));
                [line((&raw const set.keys).addr())]
                    .into_iter()
                    .chain(entries)
                    .collect()
            })
        }
        static TASKS: [Lines<TaskEntry>; 2] = [const { Lines::new(TaskEntry::EMPTY) }; 2];
        static STEPS: [Lines<StepEntry>; 2] = [const { Lines::new(StepEntry::EMPTY) }; 2];
        assert_eq!((size_of::<TaskEntry>(), size_of::<StepEntry>()), (LINE, LINE));
        let expected: Vec<_> = ENTRIES.collect();
        assert!(
            lines(&TASKS)
                .into_iter()
                .chain(lines(&STEPS))
                .all(|lines| lines == expected)
        );
        assert_eq!(size_of::<Lines<StepEntry>>(), 1024, "a page has a multiple of them");
    }
}
