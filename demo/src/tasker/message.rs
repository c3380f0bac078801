//! The messages: ids only, the store has the rest.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The queue of the orchestrators.
pub const ORCHESTRATION_QUEUE: &str = "orchestration";

/// The queue of a namespace's workers.
pub fn worker_queue(namespace: &str) -> String {
    format!("worker_{namespace}")
}

/// To a worker: execute this step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepMessage {
    /// The task.
    pub task_uuid: Uuid,
    /// The step.
    pub step_uuid: Uuid,
    /// The task's correlation id.
    pub correlation_id: Uuid,
}

/// To an orchestrator: the step's result is in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepResultMessage {
    /// The task.
    pub task_uuid: Uuid,
    /// The step.
    pub step_uuid: Uuid,
    /// The task's correlation id.
    pub correlation_id: Uuid,
}

/// To an orchestrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrchestrationMessage {
    /// A task was created.
    TaskCreated {
        /// The task.
        task_uuid: Uuid,
    },
    /// A step's result is in the store.
    StepResult(StepResultMessage),
    /// The wait before the next attempt is over.
    RetryReady {
        /// The task.
        task_uuid: Uuid,
        /// The attempts at its steps until the wait began. They identify the wait.
        attempts: u32,
    },
    /// A child task has ended.
    ChildFinished {
        /// The `correlation_id` of its parent task.
        parent_correlation_id: Uuid,
    },
    /// Cancel the task.
    Cancel {
        /// The task.
        task_uuid: Uuid,
    },
}
