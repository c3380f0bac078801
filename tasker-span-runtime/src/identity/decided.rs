//! What a set of the identity cache has decided about tasks and steps that it evicted: which derived ids are assigned, and
//! whether a task needs its root. It is a word each, so that far more of them are kept than whole entries.
//!
//! Where no word is free, each is replaced in its turn. A word is found by a hash of 64 bits, which is keyed by a secret of the
//! process, so that no id can be chosen that is taken for another.

use super::key::Key;
use crate::counter::Counter;

/// How many words a set has.
pub(super) const WORDS: usize = 32;
/// Marks that are compared at once.
const AT_ONCE: usize = size_of::<u64>();

/// Words that were replaced: their ids may be assigned again.
pub(crate) static CLAIMS_EVICTED: Counter = Counter::new();

/// An entry of the identity cache, as far as it decides something.
pub(super) trait Decides: Copy {
    const EMPTY: Self;

    /// What was decided. 0 is nothing.
    fn decided(&self) -> u64;

    /// An entry that knows only what was decided.
    fn restored(decided: u64) -> Self;
}

/// The words of a set. Nothing is zeros.
#[repr(C)]
pub(super) struct Decided {
    /// The word that is replaced next, if none is free.
    next: usize,
    /// A byte of each word's hash, so that few words are looked at. 0 is free.
    marks: [u8; WORDS],
    /// Hashes, with what was decided.
    words: [[u64; 2]; WORDS],
}

impl Decided {
    pub(super) const NOTHING: Self = Self {
        next: 0,
        marks: [0; WORDS],
        words: [[0; 2]; WORDS],
    };

    /// Keeps what an evicted entry has decided.
    #[inline]
    pub(super) fn keep<V: Decides>(&mut self, key: Key, evicted: &V) {
        let decided = evicted.decided();
        if decided != 0 {
            self.insert(key, decided);
        }
    }

    /// Takes out what was decided, for a new entry.
    #[inline]
    pub(super) fn take<V: Decides>(&mut self, key: Key) -> V {
        match self.position(key) {
            Some(position) => {
                self.marks[position] = 0;
                V::restored(self.words[position][1])
            }
            None => V::EMPTY,
        }
    }

    /// Reads what was decided.
    #[inline]
    pub(super) fn read<V: Decides>(&self, key: Key) -> Option<V> {
        self.position(key).map(|position| V::restored(self.words[position][1]))
    }

    /// Decides once, without an entry. Returns whether it was not decided before.
    pub(super) fn claim(&mut self, key: Key) -> bool {
        let is_first = self.position(key).is_none();
        if is_first {
            self.insert(key, 1);
        }
        is_first
    }

    fn insert(&mut self, key: Key, decided: u64) {
        let free = self.with_mark(0).next();
        let position = free.unwrap_or_else(|| {
            CLAIMS_EVICTED.add_one();
            let oldest = self.next % WORDS;
            self.next = oldest + 1;
            oldest
        });
        self.marks[position] = mark(key);
        self.words[position] = [key.hash, decided];
    }

    #[inline]
    fn position(&self, key: Key) -> Option<usize> {
        self.with_mark(mark(key))
            .find(|position| self.words[*position][0] == key.hash)
    }

    /// The words with this mark.
    #[inline]
    fn with_mark(&self, mark: u8) -> impl Iterator<Item = usize> {
        let all = u64::from_ne_bytes([mark; AT_ONCE]);
        let (chunks, _) = self.marks.as_chunks::<AT_ONCE>();
        let equal = chunks
            .iter()
            .map(move |marks| zero_bytes(u64::from_le_bytes(*marks) ^ all));
        let positions = equal.enumerate().flat_map(|(chunk, equal)| {
            let left = std::iter::successors(Some(equal), |equal| Some(equal & equal.wrapping_sub(1)));
            let bits = left.take_while(|equal| *equal != 0).map(u64::trailing_zeros);
            bits.map(move |bit| chunk * AT_ONCE + bit as usize / 8)
        });
        positions.filter(move |position| self.marks[*position] == mark)
    }
}

/// The first bit of each byte that is zero, and of some that are not.
#[inline]
const fn zero_bytes(bytes: u64) -> u64 {
    const FIRST: u64 = u64::from_ne_bytes([0x80; AT_ONCE]);
    const LAST: u64 = u64::from_ne_bytes([1; AT_ONCE]);
    bytes.wrapping_sub(LAST) & !bytes & FIRST
}

/// None of the bits that choose the set.
#[inline]
fn mark(key: Key) -> u8 {
    let [mark, ..] = key.hash.to_be_bytes();
    mark.max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Number(u64);

    impl Decides for Number {
        const EMPTY: Self = Self(0);

        fn decided(&self) -> u64 {
            self.0
        }

        fn restored(decided: u64) -> Self {
            Self(decided)
        }
    }

    fn keep(decided: &mut Decided, id: u128) {
        decided.keep(Key::of(id), &Number(u64::try_from(id).unwrap() + 100));
    }

    fn read(decided: &Decided, id: u128) -> Option<u64> {
        decided.read(Key::of(id)).map(|Number(number)| number)
    }

    #[test]
    fn the_oldest_word_is_replaced() {
        let mut decided = Decided::NOTHING;
        (1..=34).for_each(|id| keep(&mut decided, id));
        let words: Vec<_> = (1..=34).map(|id| read(&decided, id)).collect();
        let expected = (3..=34).map(|id| Some(id + 100));
        assert_eq!(words, [None; 2].into_iter().chain(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_word_is_taken_out_once() {
        let mut decided = Decided::NOTHING;
        (1..=5).for_each(|id| keep(&mut decided, id));
        let mut take = |id| decided.take::<Number>(Key::of(id)).0;
        assert_eq!([take(3), take(3), take(9)], [103, 0, 0]);
        assert_eq!([2, 3, 4].map(|id| read(&decided, id)), [Some(102), None, Some(104)]);
    }

    /// As when more tasks of a set are busy than have entries.
    #[test]
    fn words_that_come_and_go_replace_no_others() {
        let mut decided = Decided::NOTHING;
        (1..=30).for_each(|id| keep(&mut decided, id));
        for _ in 0..100 {
            keep(&mut decided, 31);
            assert_eq!(decided.take::<Number>(Key::of(31)), Number(131));
        }
        assert!((1..=30).all(|id| read(&decided, id).is_some()));
    }

    #[test]
    fn what_decides_nothing_takes_no_word() {
        let mut decided = Decided::NOTHING;
        decided.keep(Key::of(1), &Number(0));
        assert!(read(&decided, 1).is_none() && decided.marks == [0; WORDS]);
    }

    #[test]
    fn a_claim_is_the_first_once() {
        let mut decided = Decided::NOTHING;
        assert!(decided.claim(Key::of(1)) && decided.claim(Key::of(2)) && !decided.claim(Key::of(1)));
    }

    proptest! {
        /// Ids whose bytes are alike are told apart by the whole hash.
        #[test]
        fn each_word_is_found(hashes in proptest::collection::hash_set(0..512_u64, 0..32)) {
            let key = |hash: &u64| Key { id: 0, hash: (hash & 3) << 56 | hash };
            let mut decided = Decided::NOTHING;
            for hash in &hashes {
                decided.keep(key(hash), &Number(hash + 1));
            }
            for hash in 0..512 {
                let found = decided.read(key(&hash)).map(|Number(number)| number);
                prop_assert_eq!(found, hashes.contains(&hash).then_some(hash + 1));
            }
        }
    }
}
