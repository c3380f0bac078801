//! Locks that a forked process cannot wait for. A lock that another thread held at the fork is never released in the child,
//! because the child does not have that thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::fork;

/// Locks the mutex, whether or not a panic has poisoned it. `None` if a thread of the parent process held it at the fork.
#[inline]
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    try_lock(mutex).or_else(|| wait(mutex))
}

#[inline]
fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// How often a child tries a lock. All of them are held for much less.
const PATIENCE: u32 = 100;
/// The first ones of these only yield to the thread of the child that may have it.
const YIELDS: u32 = 3;

#[cold]
fn wait<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    if !fork::is_child() {
        return Some(mutex.lock().unwrap_or_else(PoisonError::into_inner));
    }
    wait_in_child(mutex, |attempt| {
        if attempt < YIELDS {
            thread::yield_now();
        } else {
            thread::sleep(Duration::from_millis(1));
        }
    })
}

/// A lock that is lost is tried once more: on a busy machine, each `pause` may last for many milliseconds.
fn wait_in_child<T: ?Sized>(mutex: &Mutex<T>, pause: impl Fn(u32)) -> Option<MutexGuard<'_, T>> {
    let address = (&raw const *mutex).addr();
    // Another thread of the child may have had it for long.
    let patience = if is_lost(address) { 1 } else { PATIENCE };
    let locked = (0..patience).find_map(|attempt| {
        pause(attempt);
        try_lock(mutex)
    });
    if locked.is_none() {
        note_lost(address);
    }
    locked
}

/// The addresses of locks that a child has waited for in vain, which are as many as its parent's threads held. It waits once for
/// each.
static LOST: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

fn is_lost(address: usize) -> bool {
    LOST.iter().any(|lost| lost.load(Ordering::Relaxed) == address)
}

fn note_lost(address: usize) {
    let is_noted = |lost: &AtomicUsize| {
        let before = lost.compare_exchange(0, address, Ordering::Relaxed, Ordering::Relaxed);
        before.is_ok() || before == Err(address)
    };
    let _ = LOST.iter().any(is_noted);
}

/// The value, which is made by the first call under the lock `making`. `None` if a thread of the parent process was making it
/// at the fork: nothing tells that of the value itself.
#[inline]
pub(crate) fn get_or_make<'a, T>(
    value: &'a OnceLock<T>,
    making: &Mutex<()>,
    make: impl FnOnce() -> T,
) -> Option<&'a T> {
    value.get().or_else(|| self::make(value, making, make))
}

#[cold]
fn make<'a, T>(value: &'a OnceLock<T>, making: &Mutex<()>, make: impl FnOnce() -> T) -> Option<&'a T> {
    let _making = lock(making)?;
    Some(value.get_or_init(make))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_lock_of_this_process_is_waited_for() {
        let mutex = Mutex::new(0);
        let mut guard = lock(&mutex).unwrap();
        thread::scope(|threads| {
            let other = threads.spawn(|| *lock(&mutex).unwrap());
            thread::sleep(Duration::from_millis(20));
            *guard = 7;
            drop(guard);
            assert_eq!(other.join().unwrap(), 7);
        });
    }

    #[test]
    fn a_poisoned_lock_is_locked() {
        let mutex = Mutex::new(7);
        let poison = || {
            let _guard = mutex.lock();
            std::panic::resume_unwind(Box::new(()));
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(poison)).is_err());
        assert_eq!(lock(&mutex).as_deref(), Some(&7));
    }

    #[test]
    fn a_child_waits_for_a_lost_lock_once() {
        let mutex = Mutex::new(0);
        let pauses = Cell::new(0);
        let is_locked = || wait_in_child(&mutex, |_| pauses.set(pauses.get() + 1)).is_some();
        let guard = lock(&mutex);
        assert!(!is_locked());
        assert_eq!(pauses.get(), PATIENCE);
        assert!(!is_locked() && !is_locked());
        assert_eq!(pauses.get(), PATIENCE + 2);
        let noted = LOST
            .iter()
            .filter(|lost| lost.load(Ordering::Relaxed) == (&raw const mutex).addr());
        assert_eq!(noted.count(), 1);
        drop(guard);
        assert!(lock(&mutex).is_some(), "it was a thread of the child's own that had it");
    }

    #[test]
    fn a_value_is_made_once() {
        let (value, making) = (OnceLock::new(), Mutex::new(()));
        assert_eq!(get_or_make(&value, &making, || 1), Some(&1));
        assert_eq!(get_or_make(&value, &making, || 2), Some(&1));
    }
}
