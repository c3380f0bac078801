//! Forks: whether this process is a child of the one that has begun spans. The child has a copy of its memory, and only the
//! thread that forked. The locks that this concerns are in `lock`.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// This process, when it was last looked at. 0 before.
static PROCESS: AtomicU32 = AtomicU32::new(0);
/// The process that was looked at first.
static FIRST: AtomicU32 = AtomicU32::new(0);
/// The process in which the first span began. 0 before.
static SPANS_BEGAN_IN: AtomicU32 = AtomicU32::new(0);

/// The id of this process. It is a system call: not for the hot path.
#[cold]
pub(crate) fn process() -> u32 {
    let process = process::id();
    PROCESS.store(process, Ordering::Relaxed);
    let _ = FIRST.compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed);
    process
}

/// The same, as far as this process has asked since it was forked.
#[inline]
pub(crate) fn known_process() -> u32 {
    PROCESS.load(Ordering::Relaxed)
}

/// Whether a process has used this crate from which this one was forked.
pub(crate) fn is_child() -> bool {
    let process = process();
    FIRST.load(Ordering::Relaxed) != process
}

/// A thread begins its first span.
pub(crate) fn note_span() {
    if SPANS_BEGAN_IN.load(Ordering::Relaxed) == 0 {
        let _ = SPANS_BEGAN_IN.compare_exchange(0, process(), Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Whether spans had begun when this process was forked.
pub(crate) fn has_spans_of_parent() -> bool {
    let began_in = SPANS_BEGAN_IN.load(Ordering::Relaxed);
    began_in != 0 && began_in != process()
}
