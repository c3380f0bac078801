//! The states of tasks and steps. Moving one is a moment: it takes no work along.

use tasker_span_runtime::{step_span, task_span};

use crate::model::{StepState, TaskInfo, TaskState, WorkflowStep};
use crate::store::Store;

/// Moves the task.
#[task_span("task.state_transition", task = info, from = from, to = to)]
pub(crate) async fn transition(store: &Store, info: &TaskInfo, from: TaskState, to: TaskState) {
    store.update_task(info.task.task_uuid, |task| task.state = to).await;
}

/// Moves the step. Both sides do it.
#[step_span("step.state_transition", from = from, to = to, inherit(correlation_id, namespace))]
pub(crate) async fn transition_step(store: &Store, step: &WorkflowStep, from: StepState, to: StepState) {
    store.update_step(step.workflow_step_uuid, |step| step.state = to).await;
}
