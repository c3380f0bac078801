//! Shared values that are read for each step and rarely change: each thread caches the last one it
//! has read. Writers store into the `ArcSwap`.

use std::cell::Cell;
use std::sync::Arc;
use std::thread::LocalKey;

use arc_swap::{ArcSwap, Cache};

/// A thread's cache of a shared value. It is empty while the thread reads, and while it ends.
pub(super) type Cached<T> = Cell<Option<Cache<&'static ArcSwap<T>, Arc<T>>>>;

/// Reads the shared value without a lock and, unless it has changed, without a shared counter.
#[inline]
pub(super) fn read<T, R>(
    cached: &'static LocalKey<Cached<T>>,
    shared: impl FnOnce() -> &'static ArcSwap<T>,
    read: impl FnOnce(&T) -> R,
) -> R {
    let cache = cached.try_with(Cell::take).ok().flatten();
    let mut cache = cache.unwrap_or_else(|| Cache::new(shared()));
    let result = read(cache.load());
    let _ = cached.try_with(|cached| cached.set(Some(cache)));
    result
}
