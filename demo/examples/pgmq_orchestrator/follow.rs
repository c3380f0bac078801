//! `follow`: the wait for the tasks of the orders.

use std::error::Error;
use std::time::{Duration, Instant};

use tasker_span_demo::program::print;
use tasker_span_demo::tasker::cancel;
use tasker_span_demo::tasker::postgres::{PgStore, TaskProgress};

use super::Placed;

/// The pause between two reads of the tasks.
const POLL: Duration = Duration::from_millis(100);

/// After this time without an attempt, a hint is printed.
const NO_WORKER: Duration = Duration::from_secs(3);

/// Waits for the end of all tasks and their child tasks, and cancels the orders that their
/// customers cancel.
pub(crate) async fn follow(store: &PgStore, placed: &[Placed]) -> Result<Vec<TaskProgress>, Box<dyn Error>> {
    let correlation_ids = placed.iter().map(|placed| placed.task.correlation_id);
    let correlation_ids = correlation_ids.collect::<Vec<_>>();
    let mut open = placed.iter().collect::<Vec<_>>();
    let mut hint_at = Some(Instant::now() + NO_WORKER);
    loop {
        tokio::time::sleep(POLL).await;
        let tasks = match store.progress(&correlation_ids).await {
            Ok(tasks) => tasks,
            // The readers of the queues decide how long that may last.
            Err(error) if error.is_connection_lost() => continue,
            Err(error) => return Err(error.into()),
        };
        if tasks.iter().all(|task| task.state.is_terminal()) {
            return Ok(tasks);
        }
        for cancelled in open.extract_if(.., |placed| is_cancelled(placed, &tasks)) {
            cancel(store, cancelled.task.task_uuid).await?;
        }
        if tasks.iter().any(|task| task.attempts > 0) {
            hint_at = None;
        }
        if hint_at.take_if(|at| Instant::now() >= *at).is_some() {
            print("no step has started: start a worker with `cargo run --example pgmq_worker`\n")?;
        }
    }
}

/// Whether the task is in the state in which its customer cancels.
fn is_cancelled(placed: &Placed, tasks: &[TaskProgress]) -> bool {
    let task = tasks.iter().find(|task| task.task.task_uuid == placed.task.task_uuid);
    task.is_some_and(|task| placed.order.cancel_in == Some(task.state))
}
