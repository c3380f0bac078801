//! The orders, read and placed.

use std::error::Error;
use std::path::PathBuf;

use tasker_span_demo::orders::Order;
use tasker_span_demo::program::{Progress, jaeger_url};
use tasker_span_demo::tasker::{Store, Task, TaskInitializer, TaskRequest, TaskerResult};
use tasker_span_runtime::identity;

/// Where orders come from.
pub(crate) enum Source {
    /// The orders that come with the examples.
    Example,
    /// A file of this name.
    File(PathBuf),
    /// There are none.
    None,
}

/// An order that has become a task.
pub(crate) struct Placed {
    pub(crate) order: Order,
    pub(crate) task: Task,
}

impl Source {
    pub(crate) fn read(&self) -> Result<Option<Vec<Order>>, Box<dyn Error>> {
        match self {
            Self::None => Ok(None),
            Self::Example => Ok(serde_json::from_str(include_str!("../order_fulfillment/orders.json"))?),
            Self::File(path) => {
                let name = path.display();
                let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
                Ok(serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?)
            }
        }
    }
}

/// Places all orders, and says where to look at them.
pub(crate) async fn place<S: Store>(
    initializer: &TaskInitializer<S>,
    orders: Vec<Order>,
    progress: &Progress,
) -> TaskerResult<Vec<Placed>> {
    let jaeger = jaeger_url();
    let mut placed = Vec::new();
    for order in orders {
        let request = order.request()?;
        // Before it is placed: an orchestrator may be quick.
        progress.name(request.correlation_id, format!("order {}", order.number));
        let task = place_order(initializer, &order, request).await?;
        println!("order {}  search  correlation_id={}", order.number, task.correlation_id);
        println!(
            "            trace   {jaeger}/trace/{}",
            identity::trace_id(task.task_uuid)
        );
        placed.push(Placed { order, task });
    }
    Ok(placed)
}

/// Where a web server would take the order: the request has a trace of its own.
#[tracing::instrument(name = "POST /orders", skip_all, fields(order = order.number))]
async fn place_order<S: Store>(
    initializer: &TaskInitializer<S>,
    order: &Order,
    request: TaskRequest,
) -> TaskerResult<Task> {
    initializer.create_task(request).await
}
