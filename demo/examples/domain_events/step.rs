//! The step that publishes.

use tasker_span_runtime::{SpanFields, Uuid, step_span, task_span};

use crate::events::Events;
use crate::subscribers;

/// The step, as its events tell of it.
#[derive(Clone, Debug, SpanFields)]
#[expect(clippy::struct_field_names, reason = "named as its attributes")]
pub(crate) struct Step {
    pub(crate) task_uuid: Uuid,
    pub(crate) step_uuid: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) namespace: String,
    pub(crate) handler_name: String,
    pub(crate) attempt_number: u32,
}

impl Step {
    pub(crate) fn new() -> Self {
        Self {
            task_uuid: Uuid::now_v7(),
            step_uuid: Uuid::now_v7(),
            correlation_id: Uuid::now_v7(),
            namespace: "payments".to_owned(),
            handler_name: "charge_payment".to_owned(),
            attempt_number: 1,
        }
    }
}

/// Executes the step, and lets the subscribers have what it published.
pub(crate) async fn run(step: &Step) {
    let events = Events::default();
    execute(step, &events).await;
    // They run in tasks or processes of their own: no span encloses them.
    subscribers::of_channel(&events).await;
    subscribers::of_queue(&events).await;
    end(step);
}

#[step_span("step.execution")]
async fn execute(step: &Step, events: &Events) {
    charge(step).await;
    events.publish(step, "payment.charged");
    events.publish(step, "payment.metered");
}

#[step_span("handler.execution")]
async fn charge(step: &Step) {
    tokio::task::yield_now().await;
}

#[task_span("task.state_transition", task = step, from = "evaluating_results", to = "complete")]
fn end(step: &Step) {}
