//! The worker: it claims, executes and completes a step in a spawned task each, so that no span encloses another one's work.

use std::sync::Arc;

use tasker_span_runtime::{TraceContext, Uuid, step_span};

use crate::model::{StepMessage, StepResult, WorkflowStep};
use crate::state::transition_step;
use crate::store::Store;

pub(crate) struct Worker {
    store: Arc<Store>,
}

impl Worker {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    pub(crate) async fn run(&self, message: StepMessage) -> StepResult {
        let store = || Arc::clone(&self.store);
        let claimed = tokio::spawn(claim(store(), message.step_uuid))
            .await
            .expect("it does not panic");
        let executed = tokio::spawn(execute(claimed, message))
            .await
            .expect("it does not panic");
        tokio::spawn(complete(store(), executed))
            .await
            .expect("it does not panic")
    }
}

/// Begins the next attempt. Only from here on, the row has its number.
async fn claim(store: Arc<Store>, step_uuid: Uuid) -> WorkflowStep {
    store
        .update_step(step_uuid, |step| step.attempts = Some(step.attempts.unwrap_or(0) + 1))
        .await;
    let step = store.step(step_uuid).await;
    transition_step(&store, &step, "enqueued", "in_progress").await;
    step
}

#[step_span("step.execution", inherit(correlation_id, namespace), link = message.trace_context)]
async fn execute(step: WorkflowStep, message: StepMessage) -> WorkflowStep {
    call_handler(&step).await;
    step
}

#[step_span("handler.execution", inherit)]
async fn call_handler(step: &WorkflowStep) {
    tokio::task::yield_now().await;
}

async fn complete(store: Arc<Store>, step: WorkflowStep) -> StepResult {
    transition_step(&store, &step, "in_progress", "enqueued_for_orchestration").await;
    submit(&step).await
}

#[step_span("result.submission", inherit(correlation_id, namespace))]
async fn submit(step: &WorkflowStep) -> StepResult {
    tokio::task::yield_now().await;
    StepResult {
        step_uuid: step.workflow_step_uuid,
        trace_context: TraceContext::current(),
    }
}
