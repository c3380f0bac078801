//! `Ring`: the measurements of one thread until they are drained. One thread pushes, another takes; neither waits.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::measurement::Measurement;

/// How many measurements a ring has room for: 24 KiB.
pub(super) const LEN: usize = 1024;

/// What a push says of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    Yes,
    /// And the ring is half full now.
    HalfFull,
    /// It was not pushed.
    Full,
}

/// Both ends are counts that never decrease. Each has a line of the processor's cache, and the one that is fetched with it.
#[repr(align(128))]
struct End(AtomicUsize);

pub(super) struct Ring {
    /// How many were pushed. Only the pushing thread changes it.
    pushed: End,
    /// How many were taken. Only the taking thread changes it.
    taken: End,
    slots: Box<[[AtomicU64; 3]]>,
}

impl Ring {
    pub(super) fn new() -> Self {
        Self {
            pushed: End(AtomicUsize::new(0)),
            taken: End(AtomicUsize::new(0)),
            slots: (0..LEN).map(|_| [const { AtomicU64::new(0) }; 3]).collect(),
        }
    }

    /// Called by one thread at a time.
    #[inline]
    pub(super) fn push(&self, measurement: Measurement) -> Pushed {
        let pushed = self.pushed.0.load(Ordering::Relaxed);
        let queued = pushed.wrapping_sub(self.taken.0.load(Ordering::Acquire));
        let Some(slot) = self.slots.get(pushed % LEN).filter(|_| queued < LEN) else {
            return Pushed::Full;
        };
        for (slot, word) in slot.iter().zip(measurement.to_words()) {
            slot.store(word, Ordering::Relaxed);
        }
        self.pushed.0.store(pushed.wrapping_add(1), Ordering::Release);
        if queued + 1 == LEN / 2 {
            Pushed::HalfFull
        } else {
            Pushed::Yes
        }
    }

    /// Takes the oldest measurement. Called by one thread at a time.
    pub(super) fn take(&self) -> Option<Measurement> {
        let taken = self.taken.0.load(Ordering::Relaxed);
        if taken == self.pushed.0.load(Ordering::Acquire) {
            return None;
        }
        let slot = self.slots.get(taken % LEN)?;
        let words = slot.each_ref().map(|word| word.load(Ordering::Relaxed));
        self.taken.0.store(taken.wrapping_add(1), Ordering::Release);
        Some(Measurement::from_words(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(number: u64) -> Measurement {
        Measurement::from_words([number, number + 1, number + 2])
    }

    #[test]
    fn it_takes_what_was_pushed_in_its_order() {
        let ring = Ring::new();
        assert_eq!(ring.take(), None);
        for round in 0..3 * LEN as u64 {
            assert_eq!(ring.push(measurement(round)), Pushed::Yes);
            assert_eq!(ring.push(measurement(round + 7)), Pushed::Yes);
            assert_eq!(ring.take(), Some(measurement(round)));
            assert_eq!(ring.take(), Some(measurement(round + 7)));
            assert_eq!(ring.take(), None);
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
        assert_eq!(half, [LEN / 2 - 1]);
        assert_eq!(pushed[LEN..], [Pushed::Full; 2]);
        assert_eq!(ring.take(), Some(measurement(0)));
        assert_eq!(ring.push(measurement(LEN as u64)), Pushed::Yes);
        let taken: Vec<_> = std::iter::from_fn(|| ring.take()).collect();
        assert_eq!(taken, (1..=LEN as u64).map(measurement).collect::<Vec<_>>());
    }

    #[test]
    fn it_loses_nothing_between_threads() {
        const ALL: u64 = 100_000;
        let ring = Ring::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..ALL {
                    while ring.push(measurement(number)) == Pushed::Full {
                        std::thread::yield_now();
                    }
                }
            });
            for number in 0..ALL {
                let next = std::iter::repeat_with(|| ring.take()).find_map(|next| {
                    if next.is_none() {
                        std::thread::yield_now();
                    }
                    next
                });
                assert_eq!(next, Some(measurement(number)));
            }
        });
    }
}
