//! Prefetching. What is known of a new task or step, and a record that comes back from another thread, are in no cache of this
//! thread's processor, and waiting for memory would be most of what a span costs.

use std::ops::Range;

/// The size of a line of the processor's cache.
pub(crate) const LINE: usize = 64;

/// Has the processor fetch the value while the program goes on.
#[inline]
pub(crate) fn prefetch<T>(value: &T) {
    prefetch_lines(value, 0..size_of::<T>().div_ceil(LINE));
    if align_of::<T>() < LINE {
        // It may end in one line more.
        fetch_line(address(value).wrapping_add(size_of::<T>().saturating_sub(1)));
    }
}

/// Has the processor fetch such lines of the value.
#[inline]
pub(crate) fn prefetch_lines<T>(value: &T, lines: Range<usize>) {
    for line in lines {
        fetch_line(address(value).wrapping_add(line * LINE));
    }
}

#[inline]
fn address<T>(value: &T) -> *const i8 {
    (&raw const *value).cast()
}

#[inline]
#[cfg(target_arch = "x86_64")]
fn fetch_line(address: *const i8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    #[expect(unsafe_code, reason = "`std::hint` has no stable function for it")]
    // SAFETY: every x86-64 processor has the instruction. It is a hint: it reads nothing into the program, changes no memory,
    // and never faults, whatever the address is.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(address);
    }
}

#[inline]
#[cfg(not(target_arch = "x86_64"))]
fn fetch_line(_address: *const i8) {}
