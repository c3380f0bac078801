//! `Table`: what is known by id, of so many ids. The one that was inserted first gives way, unless it was used when half of the
//! others had come after it.
//!
//! A table is in parts, each with a lock. In a part, values are written one after the other, as in a ring, so that the memory
//! for the next one is at hand. Only a small index is looked at in places that nothing foretells. Where nothing is known, all is
//! zeros, which take no memory.
//!
//! Values are found by whole ids, never by a hash alone.

use std::sync::Mutex;

use super::key::{Key, halves, whole};
use crate::lock;
use crate::prefetch::{prefetch, prefetch_lines};

/// What is known of an id.
pub(super) trait Known: Copy {
    const NOTHING: Self;

    /// Whether another span would be wrong without it: an id is assigned, or a root is needed.
    fn decides(&self) -> bool;
}

/// As many parts as the first number says, each with so many buckets of its index, and places of values.
pub(super) struct Table<V, const PARTS: usize, const BUCKETS: usize, const PLACES: usize>(
    [Part<V, BUCKETS, PLACES>; PARTS],
);

/// A lock, and all that it protects.
#[repr(C, align(128))]
struct Part<V, const BUCKETS: usize, const PLACES: usize>(Mutex<Ring<V, BUCKETS, PLACES>>);

#[repr(C)]
struct Ring<V, const BUCKETS: usize, const PLACES: usize> {
    /// The number of the next value. Its last bits are the place.
    next: u32,
    /// How many values gave way that had decided something: see [`Known::decides`]. One count for all parts would take as much
    /// of several threads' time as the rest.
    evicted: u32,
    /// The rest of the line of the lock.
    _line: [u32; 12],
    index: [Bucket; BUCKETS],
    places: [Place<V>; PLACES],
}

#[repr(C)]
struct Place<V> {
    /// Zero where there is no value: nil ids are removed before. In halves, which take up no more than the key.
    key: [u64; 2],
    value: V,
}

/// Where the values are whose keys' hashes have some bits in common: a line of the processor's cache.
#[repr(C)]
struct Bucket {
    /// Other bits of each hash. 0 is free. The last one always is, so that all are compared at once.
    marks: [u16; WAYS + 1],
    /// The last bits of each value's number.
    numbers: [u16; WAYS],
    /// The way that is used next.
    next: u16,
}

/// How many values a bucket tells of. On the average it has half as many that are still there.
const WAYS: usize = 15;

impl<V: Known, const PARTS: usize, const BUCKETS: usize, const PLACES: usize> Table<V, PARTS, BUCKETS, PLACES> {
    /// The last bits of a number tell the place.
    const IS_POSSIBLE: () = assert!(PLACES.is_power_of_two() && PLACES <= 1 << (u16::BITS - 2));

    pub(super) const fn new() -> Self {
        const { Self::IS_POSSIBLE };
        Self([const { Part(Mutex::new(Ring::EMPTY)) }; PARTS])
    }

    /// Looks a value up.
    #[inline]
    pub(super) fn get(&self, key: Key) -> Option<V> {
        let mut ring = lock::lock(&self.part(key).0)?;
        ring.find(key).map(|place| ring.used(key, place).value)
    }

    /// Inserts a value, unless it is there, and changes it.
    #[inline]
    pub(super) fn update<R>(&self, key: Key, change: impl FnOnce(&mut V) -> R) -> R {
        match lock::lock(&self.part(key).0) {
            Some(mut ring) => {
                let place = match ring.find(key) {
                    Some(place) => ring.used(key, place),
                    None => ring.insert(key, V::NOTHING),
                };
                change(&mut place.value)
            }
            // As if it had given way.
            None => change(&mut { V::NOTHING }),
        }
    }

    /// Has the processor fetch what is looked at for this key.
    #[inline]
    pub(super) fn fetch(&self, key: Key) {
        let (part, bucket) = (self.part(key), key.bucket(BUCKETS));
        prefetch_lines(part, 0..1);
        prefetch_lines(part, INDEX + bucket..INDEX + bucket + 1);
    }

    /// How many values gave way that had decided something.
    pub(super) fn evicted(&self) -> u64 {
        let parts = self.0.iter().filter_map(|part| lock::lock(&part.0));
        parts.map(|ring| u64::from(ring.evicted)).sum()
    }

    #[inline]
    fn part(&self, key: Key) -> &Part<V, BUCKETS, PLACES> {
        &self.0[key.part(PARTS)]
    }
}

/// The first line of the index in a part.
const INDEX: usize = 1;

impl<V: Known, const BUCKETS: usize, const PLACES: usize> Ring<V, BUCKETS, PLACES> {
    const EMPTY: Self = Self {
        next: 0,
        evicted: 0,
        _line: [0; 12],
        index: [const { Bucket::EMPTY }; BUCKETS],
        places: [const { Place::EMPTY }; PLACES],
    };

    #[inline]
    fn find(&self, key: Key) -> Option<usize> {
        let bucket = &self.index[key.bucket(BUCKETS)];
        let mut ways = bucket.with_mark(key.mark());
        while ways != 0 {
            let place = usize::from(bucket.numbers[ways.trailing_zeros() as usize]) % PLACES;
            if self.places[place].key == halves(key.id) {
                return Some(place);
            }
            ways &= ways - 1;
        }
        None
    }

    /// The place of a value that is used: another one if it would be among the next to give way.
    #[inline]
    fn used(&mut self, key: Key, place: usize) -> &mut Place<V> {
        let newer = (self.next as usize).wrapping_sub(place + 1) % PLACES;
        if newer >= PLACES / 2 {
            let value = self.places[place].value;
            self.places[place] = Place::EMPTY;
            return self.insert(key, value);
        }
        &mut self.places[place]
    }

    #[inline]
    fn insert(&mut self, key: Key, value: V) -> &mut Place<V> {
        let number = self.next;
        self.next = number.wrapping_add(1);
        if let Some(lost) = self.note(key, number) {
            self.give_way(lost);
        }
        prefetch(&self.places[self.next as usize % PLACES]);
        self.give_way(number as usize % PLACES);
        let place = &mut self.places[number as usize % PLACES];
        (place.key, place.value) = (halves(key.id), value);
        place
    }

    #[inline]
    fn give_way(&mut self, place: usize) {
        let place = &mut self.places[place];
        if place.key != [0; 2] && place.value.decides() {
            self.evicted = self.evicted.saturating_add(1);
        }
        place.key = [0; 2];
    }

    /// Notes the number in the index. Returns the place of a value that is not found any more.
    #[expect(clippy::cast_possible_truncation, reason = "the last bits")]
    #[inline]
    fn note(&mut self, key: Key, number: u32) -> Option<usize> {
        let index = key.bucket(BUCKETS);
        let bucket = &mut self.index[index];
        let way = usize::from(bucket.next);
        bucket.next = (bucket.next + 1) % WAYS as u16;
        let (mark, before) = (bucket.marks[way], bucket.numbers[way]);
        (bucket.marks[way], bucket.numbers[way]) = (key.mark(), number as u16);
        let is_there = mark != 0 && usize::from((number as u16).wrapping_sub(before)) < PLACES;
        let place = usize::from(before) % PLACES;
        (is_there && self.is_noted(place, index, mark)).then_some(place)
    }

    /// Whether this way of the index tells of the value: it may be of an older one in the same place.
    #[cold]
    fn is_noted(&self, place: usize, bucket: usize, mark: u16) -> bool {
        let key = Key::of(whole(self.places[place].key));
        key.id != 0 && key.bucket(BUCKETS) == bucket && key.mark() == mark
    }
}

impl<V: Known> Place<V> {
    const EMPTY: Self = Self {
        key: [0; 2],
        value: V::NOTHING,
    };
}

impl Bucket {
    const EMPTY: Self = Self {
        marks: [0; WAYS + 1],
        numbers: [0; WAYS],
        next: 0,
    };

    /// The ways with this mark, a bit each.
    #[inline]
    fn with_mark(&self, mark: u16) -> u32 {
        let bits = self.marks.iter().enumerate();
        bits.fold(0, |ways, (way, other)| ways | u32::from(*other == mark) << way)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::prefetch::LINE;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Number(u64);

    impl Known for Number {
        const NOTHING: Self = Self(0);

        fn decides(&self) -> bool {
            false
        }
    }

    const PLACES: usize = 64;
    type Small = Table<Number, 1, 8, PLACES>;

    fn set(table: &Small, id: u128) {
        table.update(Key::of(id), |number| *number = Number(u64::try_from(id).unwrap()));
    }

    fn get(table: &Small, id: u128) -> Option<u64> {
        table.get(Key::of(id)).map(|Number(number)| number)
    }

    fn ids(table: &Small, ids: impl IntoIterator<Item = u128>) -> Vec<u64> {
        ids.into_iter().filter_map(|id| get(table, id)).collect()
    }

    #[test]
    fn a_value_is_changed_where_it_is() {
        let table = Small::new();
        let next = || {
            table.update(Key::of(7), |number| {
                number.0 += 1;
                number.0
            })
        };
        assert_eq!([next(), next(), next()], [1, 2, 3]);
        assert_eq!((get(&table, 7), get(&table, 8)), (Some(3), None));
    }

    #[test]
    fn the_oldest_value_gives_way() {
        let table = Small::new();
        (1..=200).for_each(|id| set(&table, id));
        let left = ids(&table, 1..=200);
        assert!(left.iter().all(|id| *id > 200 - 64), "{left:?}");
        assert!(left.len() > 56, "few are lost because their bucket is full: {left:?}");
    }

    #[test]
    fn a_value_that_is_used_does_not_give_way() {
        // With so many buckets none is full by chance.
        let table = Table::<Number, 1, 64, PLACES>::new();
        let set = |id| table.update(Key::of(id), |number| *number = Number(1));
        for id in 1..=2_000 {
            set(id);
            if id % 20 == 0 {
                assert_eq!(table.get(Key::of(1)), Some(Number(1)), "after {id}");
            }
        }
    }

    #[test]
    fn what_decides_is_counted_when_it_gives_way() {
        let table = Table::<bool, 1, 8, PLACES>::new();
        for id in 1..=100 {
            table.update(Key::of(id), |is_recorded| *is_recorded = true);
        }
        let left = (1..=100).filter(|id| table.get(Key::of(*id)).is_some()).count();
        assert_eq!(table.evicted(), 100 - left as u64);
    }

    #[test]
    fn ids_spread_over_parts_and_buckets() {
        static TABLE: Table<Number, 16, 8, 64> = Table::new();
        let ids = || (0..1024_u128).map(|n| 0x0198_c0de_0000_7000_8000_0000_0000_0000 + n / 2);
        ids().for_each(|id| TABLE.update(Key::of(id), |number| number.0 += 1));
        assert!(ids().filter(|id| TABLE.get(Key::of(*id)) == Some(Number(2))).count() > 950);
    }

    /// Where a lock is a futex: of others, a line too little is fetched.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_lock_is_in_the_line_before_the_index() {
        let table = Small::new();
        let part = &table.0[0];
        let ring = part.0.lock().unwrap();
        let offset = |addr: usize| addr - (&raw const *part).addr();
        assert!(offset((&raw const ring.next).addr()) < LINE);
        assert_eq!(offset((&raw const ring.index[0]).addr()), INDEX * LINE);
        assert_eq!(size_of::<Bucket>(), LINE);
    }

    proptest! {
        /// So few ids fit into one bucket, and none is old.
        #[test]
        fn a_few_ids_are_a_map(calls in proptest::collection::vec((1..16_u128, any::<bool>()), 1..200)) {
            let table = Small::new();
            let mut known = std::collections::HashMap::new();
            for (number, (id, is_update)) in (1..).zip(calls) {
                if is_update {
                    table.update(Key::of(id), |value| *value = Number(number));
                    known.insert(id, number);
                }
                prop_assert_eq!(get(&table, id), known.get(&id).copied());
            }
        }

        /// Many are found as they were set last, or not at all; the last one always is.
        #[test]
        fn many_ids_are_a_map_that_forgets(calls in proptest::collection::vec((1..120_u128, any::<bool>()), 1..600)) {
            let table = Small::new();
            let mut known = std::collections::HashMap::new();
            for (number, (id, is_update)) in calls.into_iter().enumerate() {
                let number = number as u64 + 1;
                let found = if is_update {
                    table.update(Key::of(id), |value| std::mem::replace(value, Number(number)))
                } else {
                    table.get(Key::of(id)).unwrap_or(Number(0))
                };
                let last = known.get(&id).copied().unwrap_or(0);
                prop_assert!(found == Number(last) || found == Number(0), "{id}: {found:?}, {last}");
                if is_update {
                    prop_assert_eq!(get(&table, id), Some(number));
                    known.insert(id, number);
                } else if found == Number(0) {
                    known.remove(&id);
                }
            }
        }
    }
}
