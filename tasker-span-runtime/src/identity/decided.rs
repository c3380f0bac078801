//! What the identity cache has decided about tasks and steps that it evicted: which derived ids are assigned, and whether a
//! task needs its root. It is a word each, so that far more of them are kept than whole entries.
//!
//! The table is set-associative, and a set replaces its oldest word. An empty table is zeros, which take no memory. A word is
//! found by a hash of 64 bits, which is keyed by a secret of the process, so that no id can be chosen that is taken for another.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::key::Key;
use crate::counter::Counter;
use crate::lock;
use crate::prefetch::prefetch;

const WAYS: usize = 7;
const SETS: usize = 1 << 16;

/// Words that were replaced: their ids may be assigned again.
pub(crate) static CLAIMS_EVICTED: Counter = Counter::new();

static TABLE: [Line; SETS] = [const { Line::new() }; SETS];

/// Whether the table has ever had a word. Until then none is looked for.
static IS_USED: AtomicBool = AtomicBool::new(false);

/// The kind of entries that decide nothing.
pub(super) const NOTHING: u64 = 0;

/// An entry of the identity cache, as far as it decides something.
pub(super) trait Decides: Copy {
    const EMPTY: Self;
    /// Separates the kinds of entries.
    const KIND: u64;

    /// What was decided. 0 is nothing.
    fn decided(&self) -> u64;

    /// An entry that knows only what was decided.
    fn restored(decided: u64) -> Self;
}

/// Keeps what an evicted entry has decided.
pub(super) fn keep<V: Decides>(key: Key, evicted: &V) {
    let decided = evicted.decided();
    if decided != 0 {
        IS_USED.store(true, Ordering::Relaxed);
        if find::<V, _>(key, |set, tag| set.keep(tag, decided)) {
            CLAIMS_EVICTED.add_one();
        }
    }
}

/// Takes out what was decided, for a new entry.
#[inline]
pub(super) fn take<V: Decides>(key: Key) -> V {
    if V::KIND != NOTHING && IS_USED.load(Ordering::Relaxed) {
        find::<V, _>(key, Set::take).map_or(V::EMPTY, V::restored)
    } else {
        V::EMPTY
    }
}

/// Reads what was decided.
#[inline]
pub(super) fn read<V: Decides>(key: Key) -> Option<V> {
    if IS_USED.load(Ordering::Relaxed) {
        find::<V, _>(key, |set, tag| set.read(tag)).map(V::restored)
    } else {
        None
    }
}

/// Decides once, without an entry. Returns whether it was not decided before.
pub(super) fn claim<V: Decides>(key: Key, value: &V) -> bool {
    let (is_first, replaces) = find::<V, _>(key, |set, tag| {
        let is_first = set.read(tag).is_none();
        (is_first, is_first && set.keep(tag, value.decided()))
    });
    if replaces {
        CLAIMS_EVICTED.add_one();
    }
    is_first
}

/// Has the processor fetch what is looked at for a key.
#[inline]
pub(super) fn fetch(place: Place) {
    if IS_USED.load(Ordering::Relaxed) {
        prefetch(&TABLE[usize::from(place)]);
    }
}

/// The number of a set.
pub(super) type Place = u16;
const _: () = assert!(SETS == 1 << Place::BITS);

#[expect(clippy::cast_possible_truncation, reason = "so many bits are left")]
#[inline]
pub(super) fn place(key: Key) -> Place {
    // The first bits: none of those that choose the entry's set.
    (key.hash >> (u64::BITS - Place::BITS)) as Place
}

#[inline]
fn tag<V: Decides>(key: Key) -> u64 {
    (key.hash ^ V::KIND).max(1)
}

#[cold]
fn find<V: Decides, R>(key: Key, act: impl FnOnce(&mut Set, u64) -> R) -> R {
    let tag = tag::<V>(key);
    let mut set = lock::lock(&TABLE[usize::from(place(key))].0);
    // Without it, as if its words were replaced.
    act(set.as_deref_mut().unwrap_or(&mut Set::new()), tag)
}

/// Two lines of the processor's cache, which are fetched together.
#[repr(align(128))]
struct Line(Mutex<Set>);

impl Line {
    const fn new() -> Self {
        Self(Mutex::new(Set::new()))
    }
}

struct Set {
    /// Tags with what was decided. The tag 0 is free.
    words: [[u64; 2]; WAYS],
    /// The oldest one of a full set.
    next: usize,
}

impl Set {
    const fn new() -> Self {
        Self {
            words: [[0; 2]; WAYS],
            next: 0,
        }
    }

    fn position(&self, tag: u64) -> Option<usize> {
        self.words.iter().position(|[other, _]| *other == tag)
    }

    fn read(&self, tag: u64) -> Option<u64> {
        self.position(tag).map(|position| self.words[position][1])
    }

    fn take(&mut self, tag: u64) -> Option<u64> {
        let position = self.position(tag)?;
        let [_, decided] = std::mem::take(&mut self.words[position]);
        Some(decided)
    }

    /// Returns whether another word was replaced.
    fn keep(&mut self, tag: u64, decided: u64) -> bool {
        let free = self.position(tag).or_else(|| self.position(0));
        let position = free.unwrap_or(self.next);
        self.words[position] = [tag, decided];
        if free.is_none() {
            self.next = (self.next + 1) % WAYS;
        }
        free.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_replaces_its_oldest_word() {
        let mut set = Set::new();
        assert!((1..=7).all(|tag| !set.keep(tag, tag + 100)));
        assert!(!set.keep(3, 33), "it has a place");
        assert!(set.keep(8, 108) && set.keep(9, 109), "two are replaced");
        let words: Vec<_> = (1..=9).map(|tag| set.read(tag)).collect();
        let expected = [33, 104, 105, 106, 107, 108, 109].map(Some);
        assert_eq!(words, [&[None; 2][..], &expected].concat());
        assert_eq!((set.take(5), set.take(5)), (Some(105), None));
        assert!(!set.keep(10, 110), "it was free again");
    }

    #[test]
    fn a_set_is_two_lines_of_the_processors_cache() {
        assert_eq!(size_of::<Line>(), 128);
    }
}
