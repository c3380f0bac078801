//! `Ring`: the measurements of one thread until they are drained. One thread pushes, another takes; neither waits.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::measurement::Measurement;

/// How many measurements a ring has room for: 24 KiB.
pub(super) const LEN: usize = 1024;
const HALF: usize = LEN / 2;

/// What a push says of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    Yes,
    /// And the ring is half full now.
    HalfFull,
    /// It was not pushed.
    Full,
}

/// What one thread changes has a line of the processor's cache, and the one that is fetched with it.
#[repr(align(128))]
struct Apart<T>(T);

/// Both ends are counts that never decrease.
pub(super) struct Ring {
    pushing: Apart<Pushing>,
    /// How many were taken. Only the taking thread changes it.
    taken: Apart<AtomicUsize>,
    slots: Box<[[AtomicU64; 3]]>,
}

/// Only the pushing thread changes it.
struct Pushing {
    /// How many were pushed.
    pushed: AtomicUsize,
    /// Up to which count nothing is to be told. Until then, what the taking thread changes is not read.
    quiet_until: AtomicUsize,
}

impl Ring {
    pub(super) fn new() -> Self {
        Self {
            pushing: Apart(Pushing {
                pushed: AtomicUsize::new(0),
                quiet_until: AtomicUsize::new(0),
            }),
            taken: Apart(AtomicUsize::new(0)),
            slots: (0..LEN).map(|_| [const { AtomicU64::new(0) }; 3]).collect(),
        }
    }

    /// Called by one thread at a time.
    #[inline]
    pub(super) fn push(&self, measurement: Measurement) -> Pushed {
        let Pushing { pushed, quiet_until } = &self.pushing.0;
        let count = pushed.load(Ordering::Relaxed);
        let told = if count == quiet_until.load(Ordering::Relaxed) {
            self.look(count)
        } else {
            Pushed::Yes
        };
        if told != Pushed::Full {
            for (slot, word) in self.slots[count % LEN].iter().zip(measurement.to_words()) {
                slot.store(word, Ordering::Relaxed);
            }
            pushed.store(count.wrapping_add(1), Ordering::Release);
        }
        told
    }

    /// What the next push says.
    #[cold]
    fn look(&self, pushed: usize) -> Pushed {
        let taken = self.taken.0.load(Ordering::Acquire);
        let (told, quiet) = match pushed.wrapping_sub(taken) {
            ..HALF => (Pushed::Yes, HALF),
            HALF..LEN => (Pushed::HalfFull, LEN),
            _ => return Pushed::Full,
        };
        self.pushing
            .0
            .quiet_until
            .store(taken.wrapping_add(quiet), Ordering::Relaxed);
        told
    }

    /// Takes the oldest measurements, at most so many. Called by one thread at a time.
    pub(super) fn take(&self, most: usize, into: &mut Vec<Measurement>) {
        let taken = self.taken.0.load(Ordering::Relaxed);
        let queued = self.pushing.0.pushed.load(Ordering::Acquire).wrapping_sub(taken);
        let end = taken.wrapping_add(queued.min(most));
        into.extend((taken..end).map(|place| {
            let words = self.slots[place % LEN].each_ref();
            Measurement::from_words(words.map(|word| word.load(Ordering::Relaxed)))
        }));
        self.taken.0.store(end, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(number: u64) -> Measurement {
        Measurement::from_words([number, number + 1, number + 2])
    }

    fn take(ring: &Ring, most: usize) -> Vec<Measurement> {
        let mut taken = Vec::new();
        ring.take(most, &mut taken);
        taken
    }

    #[test]
    fn it_takes_what_was_pushed_in_its_order() {
        let ring = Ring::new();
        assert_eq!(take(&ring, 2), []);
        for round in 0..3 * LEN as u64 {
            assert_eq!(ring.push(measurement(round)), Pushed::Yes);
            assert_eq!(ring.push(measurement(round + 7)), Pushed::Yes);
            assert_eq!(take(&ring, 1), [measurement(round)]);
            assert_eq!(take(&ring, 2), [measurement(round + 7)]);
        }
    }

    #[test]
    fn it_tells_when_it_is_half_full_and_refuses_when_it_is_full() {
        let ring = Ring::new();
        let pushed: Vec<_> = (0..LEN as u64 + 2)
            .map(|number| ring.push(measurement(number)))
            .collect();
        let half: Vec<_> = (0..pushed.len())
            .filter(|index| pushed[*index] == Pushed::HalfFull)
            .collect();
        assert_eq!(half, [HALF]);
        assert_eq!(pushed[LEN..], [Pushed::Full; 2]);
        assert_eq!(take(&ring, 1), [measurement(0)]);
        assert_eq!(ring.push(measurement(LEN as u64)), Pushed::HalfFull, "it still is");
        assert_eq!(
            take(&ring, usize::MAX),
            (1..=LEN as u64).map(measurement).collect::<Vec<_>>()
        );
        assert_eq!(ring.push(measurement(0)), Pushed::Yes);
    }

    #[test]
    fn it_loses_nothing_between_threads() {
        const ALL: usize = 100_000;
        let numbers = || (0_u64..).take(ALL);
        let ring = Ring::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in numbers() {
                    while ring.push(measurement(number)) == Pushed::Full {
                        std::thread::yield_now();
                    }
                }
            });
            let mut taken = Vec::new();
            while taken.len() < ALL {
                ring.take(100, &mut taken);
                std::thread::yield_now();
            }
            assert!(numbers().map(measurement).eq(taken));
        });
    }
}
