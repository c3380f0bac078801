//! Moves steps from state to state, on the orchestrator and on the workers.

use std::sync::Arc;

use tasker_span_runtime::step_span;

use super::{StepEvent, Store, TaskerResult, WorkflowStep, WorkflowStepState};

/// Applies events to steps, in the store and in the caller's copy.
#[derive(Debug)]
pub struct StepStateMachine<S> {
    store: Arc<S>,
}

impl<S: Store> StepStateMachine<S> {
    /// A state machine on this store.
    pub fn new(store: Arc<S>) -> Self {
        Self { store }
    }

    /// Moves the step to the state that follows `event`.
    ///
    /// # Errors
    ///
    /// Where the event is not allowed, or another process moved the step first.
    pub async fn apply(&self, step: &mut WorkflowStep, event: StepEvent) -> TaskerResult<()> {
        let to = step.state.on(event)?;
        self.transition(step, to).await
    }

    #[step_span("step.state_transition", from = step.state, to = to, inherit(correlation_id, namespace))]
    async fn transition(&self, step: &mut WorkflowStep, to: WorkflowStepState) -> TaskerResult<()> {
        self.store
            .transition_step(step.workflow_step_uuid, step.state, to)
            .await?;
        step.state = to;
        Ok(())
    }
}
