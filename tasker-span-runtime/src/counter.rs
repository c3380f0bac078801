//! `Counter`: a count that never decreases. `stats` reads all of them.

use std::sync::atomic::{AtomicU64, Ordering};

/// Each has a line of the processor's cache, and the one that is fetched with it: what one thread counts does not slow down
/// another that counts something else.
#[repr(align(128))]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add_one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
