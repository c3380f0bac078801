//! The scenarios of the comparison: the functions that are called, and how.

use serde::{Deserialize, Serialize};

/// The functions that are called, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scenario {
    /// Steps, one after the other.
    Steps,
    /// Handlers inside one open step.
    Handlers,
    /// Handlers that inherit the attributes of that step.
    InheritingHandlers,
    /// Steps inside which `tracing` is asked for the current span.
    Promoted,
    /// Steps with an event of `tracing`.
    WithEvent,
    /// Asynchronous steps, polled this often.
    Polled(u32),
    /// Chains of this many spans, each inside the one before.
    Nested(u32),
    /// Steps with six more attributes of one type.
    WithUuids,
    WithStrs,
    WithStrings,
    WithIntegers,
    /// Steps on this many threads at once.
    Threads(u32),
    /// Tasks of this many steps.
    StepsPerTask(u32),
    /// Steps in this many namespaces, which have rates of their own.
    Namespaces(u32),
}

impl Scenario {
    pub(crate) fn is_inside_a_step(self) -> bool {
        matches!(self, Self::Handlers | Self::InheritingHandlers)
    }

    pub(crate) fn spans_per_call(self) -> usize {
        match self {
            Self::Nested(depth) => depth as usize,
            _ => 1,
        }
    }

    pub(crate) fn namespaces(self) -> usize {
        match self {
            Self::Namespaces(count) => count as usize,
            _ => 0,
        }
    }

    /// The places in a queue of 2,048 that a call takes at most: fastrace queues each poll, and its
    /// threads have shorter queues of their own.
    pub(crate) fn queue_places(self) -> usize {
        match self {
            Self::Nested(depth) => depth as usize,
            Self::Polled(polls) => (polls as usize + 4).div_ceil(4),
            Self::Threads(threads) => 9_usize.div_ceil(threads as usize),
            _ => 1,
        }
    }
}
