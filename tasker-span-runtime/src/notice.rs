//! Notices of a faulty setup: each is said once. What is wrong is found elsewhere.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::outcome::caught;

/// Whether the next span that starts has something to look at.
static IS_DUE: AtomicBool = AtomicBool::new(false);

/// Has the next span that starts look at what is wrong. A place that finds a fault may hold locks of `tracing`, or know no spans.
pub(crate) fn set_due() {
    IS_DUE.store(true, Ordering::Relaxed);
}

#[inline]
pub(crate) fn is_due() -> bool {
    IS_DUE.load(Ordering::Relaxed)
}

pub(crate) fn set_done() {
    IS_DUE.store(false, Ordering::Relaxed);
}

/// A notice that is said once in a process.
pub(crate) struct Once(AtomicBool);

impl Once {
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    pub(crate) fn is_said(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Writes on standard error: the subscriber is missing, or may have no console.
    pub(crate) fn print(&self, text: fmt::Arguments<'_>) {
        if !self.0.swap(true, Ordering::Relaxed) {
            print(text);
        }
    }

    /// Logs a warning. Without a subscriber that takes it, writes on standard error.
    pub(crate) fn warn(&self, text: fmt::Arguments<'_>) {
        if self.0.swap(true, Ordering::Relaxed) {
            return;
        }
        caught(|| {
            if tracing::enabled!(target: "tasker_span", tracing::Level::WARN) {
                tracing::warn!(target: "tasker_span", "{text}");
            } else {
                print(format_args!("tasker-span: WARN: {text}"));
            }
        });
    }
}

fn print(text: fmt::Arguments<'_>) {
    // It panics if standard error is closed.
    caught(|| {
        #[expect(clippy::print_stderr, reason = "no other way is sure to be seen")]
        {
            eprintln!("{text}");
        }
    });
}
