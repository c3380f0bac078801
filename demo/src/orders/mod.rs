//! A shop on Tasker: orders, their workflows, and the handlers of the steps.

mod handlers;
mod job;
mod report;
mod workflows;

pub use handlers::handlers;
pub use job::{Processed, process};
pub use report::Report;
pub use workflows::workflows;

use serde::{Deserialize, Serialize};

use crate::tasker::{TaskRequest, TaskState, TaskerResult};

/// An order as it comes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What customers call it.
    pub number: String,
    /// Which namespace's workflow handles it.
    pub namespace: String,
    /// The workflow's name.
    pub workflow: String,
    /// Larger is more urgent.
    #[serde(default)]
    pub priority: i32,
    /// What was bought.
    #[serde(default)]
    pub items: Vec<Item>,
    /// How it is paid.
    pub payment: Payment,
    /// The state in which the customer changes his mind.
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
    /// How many of them the warehouse has to order first.
    #[serde(default)]
    pub missing: u32,
}

/// A payment, and how the gateway will answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// In cents.
    pub amount: u64,
    /// The gateway's final answer.
    #[serde(default)]
    pub declined: bool,
    /// How often the gateway does not answer before it does.
    #[serde(default)]
    pub timeouts: u32,
    /// How many attempts the gateway leaves waiting, until the worker that waits is killed.
    #[serde(default)]
    pub hangs: u32,
}

impl Order {
    /// The request of the order's task.
    ///
    /// # Errors
    ///
    /// Never, as orders have no maps whose keys are no strings.
    pub fn request(&self) -> TaskerResult<TaskRequest> {
        let context = serde_json::to_value(self)?;
        Ok(TaskRequest {
            priority: self.priority,
            ..TaskRequest::new(&self.namespace, &self.workflow, context)
        })
    }
}
