//! Orders in, finished tasks out.

use uuid::Uuid;

use super::{Order, handlers, workflows};
use crate::tasker::{InProcessTasker, Task, TaskState, TaskerResult};

/// How many steps of one namespace run at the same time.
const WORKERS: usize = 2;

/// A task that has ended.
#[derive(Clone, Debug)]
pub struct Processed {
    /// The order's number; none for a task that another task requested.
    pub order: Option<String>,
    /// The task.
    pub task: Task,
    /// How it ended.
    pub state: TaskState,
}

/// Processes all orders at the same time and returns every task, those requested by other tasks included.
///
/// # Errors
///
/// Where an order names no known workflow.
pub async fn process(orders: &[Order]) -> TaskerResult<Vec<Processed>> {
    let tasker = InProcessTasker::start(workflows()?, handlers, WORKERS);
    let mut tasks = Vec::new();
    for order in orders {
        tasks.push((order, place_order(&tasker, order).await?));
    }
    for (order, task_uuid) in tasks.iter().copied() {
        if let Some(state) = order.cancel_in {
            tasker.wait_for(task_uuid, |current| current == state).await?;
            tasker.cancel(task_uuid).await?;
        }
    }
    tasker.wait_for_all().await;
    let number = |task: &Task| {
        tasks
            .iter()
            .find(|(_, uuid)| *uuid == task.task_uuid)
            .map(|(order, _)| order.number.clone())
    };
    let ended = tasker.shutdown().await?.into_iter();
    Ok(ended
        .map(|(task, state)| Processed {
            order: number(&task),
            task,
            state,
        })
        .collect())
}

/// Where a web server would take the order: the request has a trace of its own.
#[tracing::instrument(name = "POST /orders", skip_all, fields(order = order.number))]
async fn place_order(tasker: &InProcessTasker, order: &Order) -> TaskerResult<Uuid> {
    let task = tasker.initializer().create_task(order.request()?).await?;
    Ok(task.task_uuid)
}
