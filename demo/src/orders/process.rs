//! `process`: the shop in one process.

use uuid::Uuid;

use super::{Order, handlers, place, workflows};
use crate::tasker::{InProcessTasker, Task, TaskState, TaskerResult};

/// How many steps of one namespace run at the same time.
const WORKERS: usize = 2;

/// A task that has ended.
#[derive(Clone, Debug)]
pub struct Processed {
    /// The order's number. `None` for a child task.
    pub order: Option<String>,
    /// The task.
    pub task: Task,
    /// Its terminal state.
    pub state: TaskState,
}

/// Processes all orders at the same time. Returns their tasks and all child tasks.
pub async fn process(orders: &[Order]) -> TaskerResult<Vec<Processed>> {
    let tasker = InProcessTasker::start(workflows()?, handlers, WORKERS);
    let mut tasks = Vec::new();
    for order in orders {
        let task = place(tasker.initializer(), order, order.request()?).await?;
        tasks.push((order, task.task_uuid));
    }
    for (order, task_uuid) in tasks.iter().copied() {
        if let Some(state) = order.cancel_in {
            tasker.wait_for(task_uuid, |current| current == state).await?;
            tasker.cancel(task_uuid).await?;
        }
    }
    tasker.wait_for_all().await;
    let number = |task_uuid: Uuid| {
        let (order, _) = tasks.iter().find(|(_, uuid)| *uuid == task_uuid)?;
        Some(order.number.clone())
    };
    let ended = tasker.shutdown().await?.into_iter();
    Ok(ended
        .map(|(task, state)| Processed {
            order: number(task.task_uuid),
            task,
            state,
        })
        .collect())
}
