//! The tasks of the example, and their transitions. Each has one step.

use serde_json::{Value, json};
use tasker_span_runtime::{SpanFields, Uuid, task_span};

/// A run of a workflow.
#[expect(clippy::struct_field_names, reason = "the names of Tasker's columns")]
#[derive(Clone, SpanFields)]
pub(crate) struct Task {
    pub(crate) task_uuid: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) namespace: String,
}

/// A step of a task.
#[expect(clippy::struct_field_names, reason = "the names of Tasker's columns")]
#[derive(Clone, SpanFields)]
pub(crate) struct Step {
    pub(crate) step_uuid: Uuid,
    pub(crate) handler_name: String,
    pub(crate) attempt_number: u32,
}

/// A task, its step, and the input of the step's handler.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) task: Task,
    pub(crate) step: Step,
    pub(crate) payload: Value,
}

/// A payment, one that the bank declines, and a report whose namespace is not sampled.
pub(crate) fn orders() -> Vec<Order> {
    let order = |namespace: &str, handler: &str, payload| Order {
        task: Task {
            task_uuid: Uuid::now_v7(),
            correlation_id: Uuid::now_v7(),
            namespace: namespace.to_owned(),
        },
        step: Step {
            step_uuid: Uuid::now_v7(),
            handler_name: handler.to_owned(),
            attempt_number: 1,
        },
        payload,
    };
    vec![
        order("payments", "charge_payment", json!({ "amount": 4_200 })),
        order(
            "payments",
            "charge_payment",
            json!({ "amount": 9_900, "declined": true }),
        ),
        order("analytics", "count_orders", json!({})),
    ]
}

/// The transitions before the step.
pub(crate) fn begin(task: &Task) {
    transition(task, "pending", "initializing");
    transition(task, "initializing", "enqueuing_steps");
    transition(task, "enqueuing_steps", "steps_in_process");
}

/// The transitions after the step. The last one emits the root of the task.
pub(crate) fn end(task: &Task, has_succeeded: bool) {
    transition(task, "steps_in_process", "evaluating_results");
    transition(
        task,
        "evaluating_results",
        if has_succeeded { "complete" } else { "error" },
    );
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition(task: &Task, from: &str, to: &str) {
    tracing::debug!("written to the table");
}
