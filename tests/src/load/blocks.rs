//! `Blocks`: spans that are opened and dropped, in each way in which a program may do so.

use std::fmt;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{task_scope, task_span};

use crate::fixture::Task;

/// How a span is opened and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// Around a function's body.
    Function,
    /// As a value that is never entered.
    Value,
    /// Entered, a thousand at a time, and left in another order.
    AnyOrder,
}

/// What spans have left behind, in bytes. Only with [`PeakAlloc`] as the program's allocator.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// What was allocated since, and still is when all are dropped.
    pub grown: usize,
    /// By how much it was more in between, at most.
    pub peak: usize,
}

/// How many are entered at a time.
const TOGETHER: usize = 1_000;

impl Blocks {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Function, Self::Value, Self::AnyOrder];

    /// Opens and drops so many spans, a multiple of a thousand; `flush` waits for what goes on elsewhere.
    pub fn measure(self, spans: usize, flush: impl Fn()) -> Left {
        let task = Task::default();
        // What is allocated once is allocated by then.
        self.run(2 * TOGETHER, &task);
        flush();
        let before = PeakAlloc.current_usage();
        PeakAlloc.reset_peak_usage();
        self.run(spans, &task);
        flush();
        Left {
            grown: PeakAlloc.current_usage().saturating_sub(before),
            peak: PeakAlloc.peak_usage().saturating_sub(before),
        }
    }

    fn run(self, spans: usize, task: &Task) {
        let span = || task_scope!("task.audit", within = "task.orchestration", task = task);
        match self {
            Self::Function => (0..spans).for_each(|_| audit(task)),
            Self::Value => (0..spans).for_each(|_| drop(span())),
            Self::AnyOrder => {
                let mut open = Vec::with_capacity(TOGETHER);
                for _ in 0..spans / TOGETHER {
                    open.extend((0..TOGETHER).map(|_| span().enter()));
                    while !open.is_empty() {
                        drop(open.swap_remove(open.len() * 7 / 11));
                    }
                }
            }
        }
    }
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) {}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Function => "around a function's body",
            Self::Value => "as a value that is never entered",
            Self::AnyOrder => "entered 1,000 at a time, left in another order",
        })
    }
}
