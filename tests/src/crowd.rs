//! Tasks by the thousand that all run at the same time, each with its spans open around an `.await`, and some of them cancelled
//! there: what open spans take, and whether every task is one tree in the end.

mod functions;
mod records;

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use peak_alloc::PeakAlloc;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

pub use records::{Records, Tree};

use crate::fixture::Task;

/// How many spans of each task are open while all wait for each other.
pub const OPEN_PER_TASK: usize = 4;

/// Tasks that run at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// How many there are.
    pub tasks: usize,
    /// One of so many is cancelled in the middle.
    pub cancelled: NonZero<usize>,
}

/// What the program had allocated, in bytes. Only with [`PeakAlloc`] as its allocator.
#[derive(Clone, Copy, Debug)]
pub struct Allocated {
    /// Before the tasks were spawned.
    pub before: usize,
    /// When all were in the middle.
    pub open: usize,
    /// When all had ended.
    pub after: usize,
}

/// What each open span takes, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct PerSpan {
    /// While it is open.
    pub open: usize,
    /// Afterwards: what is remembered of its task, and what the next ones use again.
    pub left: usize,
}

impl Allocated {
    /// Of so many tasks, compared with a run of as many without any span.
    pub fn per_span(self, without: Self, tasks: usize) -> PerSpan {
        let grown = |run: Self| run.open.saturating_sub(run.before);
        let spans = tasks * OPEN_PER_TASK;
        PerSpan {
            open: grown(self).saturating_sub(grown(without)) / spans,
            left: self.after.saturating_sub(self.before) / spans,
        }
    }
}

/// Where the tasks wait for each other.
#[derive(Debug)]
struct Gate {
    arrived: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    async fn pass(&self) -> bool {
        self.arrived.fetch_add(1, Ordering::Relaxed);
        self.open.acquire().await.is_ok()
    }
}

impl Crowd {
    /// Runs them all on several threads, under the global subscriber: that of a thread is not there when a runtime drops a
    /// cancelled task.
    ///
    /// # Panics
    ///
    /// If a task does not return what its function returns, or is not cancelled that is to be.
    pub fn run(self) -> Allocated {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(4).enable_time().build().expect("threads");
        // What the tasks are about is there before, as it is in a program.
        let tasks = (0..self.tasks).map(|_| Task::default()).collect::<Vec<_>>();
        let steps = tasks.iter().map(Task::step).collect::<Vec<_>>();
        let mut running = Vec::with_capacity(self.tasks);
        runtime.block_on(async {
            let gate = Arc::new(Gate {
                arrived: AtomicUsize::new(0),
                open: Semaphore::new(0),
            });
            let before = PeakAlloc.current_usage();
            for (task, step) in tasks.into_iter().zip(steps) {
                let gate = Arc::clone(&gate);
                let work = async move { functions::drive(&task, &step, gate.pass()).await };
                running.push(tokio::spawn(work));
            }
            while gate.arrived.load(Ordering::Relaxed) < self.tasks {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let open = PeakAlloc.current_usage();
            running.iter().step_by(self.cancelled.get()).for_each(JoinHandle::abort);
            // Those are out of the way before anybody passes.
            for cancelled in running.iter_mut().step_by(self.cancelled.get()) {
                assert!(cancelled.await.expect_err("it is cancelled").is_cancelled());
            }
            gate.open.add_permits(self.tasks);
            for (number, task) in running.drain(..).enumerate() {
                if number % self.cancelled != 0 {
                    assert!(task.await.expect("it neither panics nor is cancelled"));
                }
            }
            Allocated {
                before,
                open,
                after: PeakAlloc.current_usage(),
            }
        })
    }
}
