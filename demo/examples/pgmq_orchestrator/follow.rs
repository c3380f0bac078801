//! Waits for the orders' tasks.

use std::time::{Duration, Instant};

use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use tasker_span_demo::tasker::postgres::{PgStore, TaskProgress};
use tasker_span_demo::tasker::{Store, Task, TaskerResult, Transaction};

use super::orders::Placed;

/// How long to wait between two looks at the tasks.
const POLL: Duration = Duration::from_millis(100);

/// After which time without any attempt the user is told what is missing.
const NO_WORKER: Duration = Duration::from_secs(3);

/// Waits until the tasks of all orders have ended, and the tasks that these requested, and returns them all. Meanwhile
/// cancels what its customer does not want any more.
pub(crate) async fn follow(store: &PgStore, placed: &[Placed]) -> TaskerResult<Vec<TaskProgress>> {
    let correlation_ids = placed.iter().map(|placed| placed.task.correlation_id);
    let correlation_ids = correlation_ids.collect::<Vec<_>>();
    let mut to_cancel = placed.iter().collect::<Vec<_>>();
    let mut hint_at = Some(Instant::now() + NO_WORKER);
    loop {
        tokio::time::sleep(POLL).await;
        let tasks = match store.progress(&correlation_ids).await {
            Ok(tasks) => tasks,
            // How long that may last is for those to decide who read the queues.
            Err(error) if error.is_connection_lost() => continue,
            Err(error) => return Err(error),
        };
        if tasks.iter().all(|task| task.state.is_terminal()) {
            return Ok(tasks);
        }
        for unwanted in to_cancel.extract_if(.., |placed| is_unwanted(placed, &tasks)) {
            cancel(store, &unwanted.task).await?;
        }
        if tasks.iter().any(|task| task.attempts > 0) {
            hint_at = None;
        }
        if hint_at.take_if(|at| Instant::now() >= *at).is_some() {
            println!("no worker has taken a step: start one with `cargo run --example pgmq_worker`");
        }
    }
}

/// Whether the task is where the customer changes his mind.
fn is_unwanted(placed: &Placed, tasks: &[TaskProgress]) -> bool {
    let task = tasks.iter().find(|task| task.task.task_uuid == placed.task.task_uuid);
    task.is_some_and(|task| placed.order.cancel_in == Some(task.state))
}

async fn cancel(store: &PgStore, task: &Task) -> TaskerResult<()> {
    let message = OrchestrationMessage::Cancel {
        task_uuid: task.task_uuid,
    };
    let mut transaction = store.begin().await?;
    transaction.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await?;
    transaction.commit().await
}
