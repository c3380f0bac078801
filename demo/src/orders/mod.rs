//! A shop on Tasker: orders, their workflows, and the handlers of the steps.

mod file;
mod handlers;
mod process;
mod report;
mod workflows;

pub use file::{example_orders, read_orders};
pub use handlers::handlers;
pub use process::{Processed, process};
pub use report::Report;
pub use workflows::workflows;

use serde::{Deserialize, Serialize};

use crate::tasker::{Store, Task, TaskInitializer, TaskRequest, TaskState, TaskerResult};

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number.
    pub number: String,
    /// The namespace of its workflow.
    pub namespace: String,
    /// The name of its workflow.
    pub workflow: String,
    /// Larger is more urgent.
    #[serde(default)]
    pub priority: i32,
    /// What is ordered.
    #[serde(default)]
    pub items: Vec<Item>,
    /// The payment.
    pub payment: Payment,
    /// The task's state in which the customer cancels the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_in: Option<TaskState>,
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The article.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// How many of them are out of stock.
    #[serde(default)]
    pub missing: u32,
}

/// A payment, and the answers of the payment gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// In cents.
    pub amount: u64,
    /// Whether the gateway declines it.
    #[serde(default)]
    pub declined: bool,
    /// How many attempts time out.
    #[serde(default)]
    pub timeouts: u32,
    /// How many attempts get no answer at all.
    #[serde(default)]
    pub hangs: u32,
}

impl Order {
    /// The request of the order's task.
    pub fn request(&self) -> TaskerResult<TaskRequest> {
        let context = serde_json::to_value(self)?;
        Ok(TaskRequest {
            priority: self.priority,
            ..TaskRequest::new(&self.namespace, &self.workflow, context)
        })
    }
}

/// Creates the task of an order, in a span and a trace of its own, like the request to a web
/// server.
#[tracing::instrument(name = "POST /orders", skip_all, fields(order = order.number))]
pub async fn place<S: Store>(
    initializer: &TaskInitializer<S>,
    order: &Order,
    request: TaskRequest,
) -> TaskerResult<Task> {
    initializer.create_task(request).await
}
