//! `Segments`: a bounded queue without locks, whose memory grows with what it has to hold.

use std::sync::{Mutex, OnceLock};

use crossbeam_queue::ArrayQueue;

use crate::lock;

/// The places of the first segment. Each later one has as many as all before it.
const FIRST: usize = 2048;

/// How much of the first segment is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Filled {
    Little,
    /// The thread is woken.
    Quarter,
    /// Half of it. A child must not fill it: it would wait for ever at a place that another thread was emptying at the fork.
    Half,
}

pub(super) struct Segments<T> {
    /// With the number of their places. Most programs only ever use the first one.
    all: Box<[(usize, OnceLock<ArrayQueue<T>>)]>,
    /// Held while a segment is allocated.
    allocating: Mutex<()>,
}

impl<T> Segments<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let mut all = Vec::new();
        let mut places = 0;
        while places < capacity {
            let next = places.max(FIRST).min(capacity - places);
            all.push((next, OnceLock::new()));
            places += next;
        }
        Self {
            all: all.into(),
            allocating: Mutex::default(),
        }
    }

    /// Returns the value if there is no place.
    #[inline]
    pub(super) fn push(&self, mut value: T) -> Result<(), T> {
        for (places, segment) in &self.all {
            let Some(segment) = lock::get_or_make(segment, &self.allocating, || ArrayQueue::new(*places)) else {
                return Err(value);
            };
            match segment.push(value) {
                Ok(()) => return Ok(()),
                Err(refused) => value = refused,
            }
        }
        Err(value)
    }

    pub(super) fn pop(&self) -> Option<T> {
        self.used().find_map(ArrayQueue::pop)
    }

    /// Takes what is in each segment now, and not more: others may go on without end. `take` returns whether it takes another
    /// one.
    pub(super) fn drain(&self, mut take: impl FnMut(T) -> bool) {
        for segment in self.used() {
            for _ in 0..segment.len() {
                let Some(value) = segment.pop() else { break };
                if !take(value) {
                    return;
                }
            }
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.all.iter().map(|(places, _)| places).sum()
    }

    pub(super) fn len(&self) -> usize {
        self.used().map(ArrayQueue::len).sum()
    }

    /// How much of the first segment is taken.
    #[inline]
    pub(super) fn filled(&self) -> Filled {
        match self.used().next() {
            Some(first) => match (first.len(), first.capacity()) {
                (len, capacity) if len < capacity.div_ceil(4) => Filled::Little,
                (len, capacity) if len < capacity.div_ceil(2) => Filled::Quarter,
                _ => Filled::Half,
            },
            None => Filled::Little,
        }
    }

    fn used(&self) -> impl Iterator<Item = &ArrayQueue<T>> {
        self.all.iter().map_while(|(_, segment)| segment.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_exactly_its_capacity_and_loses_nothing() {
        for capacity in [1, 3, FIRST, FIRST + 1, 3 * FIRST + 7, 20_000] {
            let segments = Segments::new(capacity);
            assert_eq!(segments.len(), 0);
            assert!((0..capacity).all(|value| segments.push(value).is_ok()));
            assert_eq!(segments.push(capacity), Err(capacity));
            assert_eq!(segments.len(), capacity);
            let mut popped: Vec<_> = std::iter::from_fn(|| segments.pop()).collect();
            popped.sort_unstable();
            assert_eq!(popped, (0..capacity).collect::<Vec<_>>());
        }
    }

    #[test]
    fn has_no_memory_that_it_does_not_need() {
        let segments = Segments::new(1_000_000);
        let used = || segments.used().map(ArrayQueue::capacity).sum::<usize>();
        assert_eq!(used(), 0);
        (0..FIRST).for_each(|value| segments.push(value).unwrap());
        assert_eq!(used(), FIRST);
        segments.push(0).unwrap();
        assert_eq!(used(), 2 * FIRST);
    }

    #[test]
    fn a_drain_takes_what_was_there_even_if_others_go_on() {
        let segments = Segments::new(2 * FIRST);
        (0..FIRST + 10).for_each(|value| segments.push(value).unwrap());
        let mut taken = Vec::new();
        segments.drain(|value| {
            taken.push(value);
            // Into the first segment, which has a place again.
            segments.push(FIRST + 10 + taken.len()).is_ok()
        });
        taken.retain(|value| *value < FIRST + 10);
        taken.sort_unstable();
        assert_eq!(taken, (0..FIRST + 10).collect::<Vec<_>>());
    }

    #[test]
    fn values_stay_in_order_within_the_first_segment() {
        let segments = Segments::new(8);
        (0..8).for_each(|value| segments.push(value).unwrap());
        assert!((0..8).all(|value| segments.pop() == Some(value)));
    }
}
