//! `Tasks`: tasks that all run at the same time, each with its spans open around an `.await`, and some of them cancelled
//! there.

use std::num::NonZero;
use std::sync::Arc;

use peak_alloc::PeakAlloc;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::functions;
use crate::fixture::Task;

/// How many spans of each task are open while all wait for each other.
pub const OPEN_PER_TASK: usize = 4;

/// Tasks that run at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Tasks {
    /// How many there are.
    pub tasks: usize,
    /// One of so many is cancelled in the middle.
    pub cancelled: NonZero<usize>,
}

/// What the program had allocated, in bytes. Only with [`PeakAlloc`] as its allocator.
#[derive(Clone, Copy, Debug)]
pub struct Allocated {
    before: usize,
    open: usize,
    after: usize,
}

/// What each open span takes, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct PerSpan {
    /// While it is open.
    pub open: usize,
    /// Afterwards: what is cached of its task, and what the next spans use again.
    pub left: usize,
}

impl Tasks {
    /// Runs them all on several threads, under the global subscriber: a thread's own is gone when a runtime drops a
    /// cancelled task.
    ///
    /// # Panics
    ///
    /// If a task does not return what its function returns, or is not cancelled that is to be.
    pub fn run(self) -> Allocated {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(4).build().expect("threads");
        // In a program the tasks are there before their spans.
        let tasks = (0..self.tasks).map(|_| Task::default()).collect::<Vec<_>>();
        let steps = tasks.iter().map(Task::step).collect::<Vec<_>>();
        let mut running = Vec::with_capacity(self.tasks);
        runtime.block_on(async {
            let (arrived, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
            let before = PeakAlloc.current_usage();
            for (task, step) in tasks.into_iter().zip(steps) {
                let (arrived, gate) = (Arc::clone(&arrived), Arc::clone(&gate));
                running.push(tokio::spawn(async move {
                    let pass = async {
                        arrived.add_permits(1);
                        gate.acquire().await.is_ok()
                    };
                    functions::drive(&task, &step, pass).await
                }));
            }
            let all = self.tasks.try_into().expect("few tasks");
            arrived.acquire_many(all).await.expect("an open semaphore").forget();
            let open = PeakAlloc.current_usage();
            running.iter().step_by(self.cancelled.get()).for_each(JoinHandle::abort);
            // Those are out of the way before any other passes.
            for cancelled in running.iter_mut().step_by(self.cancelled.get()) {
                assert!(cancelled.await.expect_err("it is cancelled").is_cancelled());
            }
            gate.add_permits(self.tasks);
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

    /// What a run took for each open span, compared with a run without any span.
    pub fn per_span(self, run: Allocated, without: Allocated) -> PerSpan {
        let grown = |run: Allocated| run.open.saturating_sub(run.before);
        let spans = self.tasks * OPEN_PER_TASK;
        PerSpan {
            open: grown(run).saturating_sub(grown(without)) / spans,
            left: run.after.saturating_sub(run.before) / spans,
        }
    }
}
