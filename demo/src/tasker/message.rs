//! What travels through the queues: ids only. Who needs more looks it up.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The queue that orchestrators read.
pub const ORCHESTRATION_QUEUE: &str = "orchestration";

/// The queue that the workers of a namespace read.
pub fn worker_queue(namespace: &str) -> String {
    format!("worker_{namespace}")
}

/// To the workers: a step to execute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepMessage {
    /// The task.
    pub task_uuid: Uuid,
    /// The step.
    pub step_uuid: Uuid,
    /// The task's correlation id.
    pub correlation_id: Uuid,
}

/// To the orchestrator: a step's result is in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepResultMessage {
    /// The task.
    pub task_uuid: Uuid,
    /// The step.
    pub step_uuid: Uuid,
    /// The task's correlation id.
    pub correlation_id: Uuid,
}

/// To the orchestrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrchestrationMessage {
    /// Start a task.
    TaskCreated {
        /// The task.
        task_uuid: Uuid,
    },
    /// Look at a step's result.
    StepResult(StepResultMessage),
    /// The wait before the next attempt is over.
    RetryReady {
        /// The task whose steps wait.
        task_uuid: Uuid,
        /// How many attempts at its steps there had been when the wait began: tells one wait from the next.
        attempts: u32,
    },
    /// A child task has ended.
    ChildFinished {
        /// The `correlation_id` of the task that may wait for it.
        parent_correlation_id: Uuid,
    },
    /// Stop the task.
    Cancel {
        /// The task.
        task_uuid: Uuid,
    },
}
