//! Steps of tasks, and what their attempts return.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tasker_span_runtime::{Failure, Outcome, SpanFields};
use uuid::Uuid;

use super::{Task, WorkflowStepState};

/// A step of a task.
#[derive(Clone, Debug, SpanFields)]
pub struct WorkflowStep {
    /// Identifies the step.
    #[span(step_uuid)]
    pub workflow_step_uuid: Uuid,
    /// The task that it belongs to.
    pub task_uuid: Uuid,
    /// The step's name in the template.
    pub name: String,
    /// The handler that executes it.
    pub handler_name: String,
    /// The current state.
    pub state: WorkflowStepState,
    /// The number of the latest attempt, from 1. `None` before the first claim.
    #[span(attempt_number)]
    pub attempt: Option<u32>,
    /// The number of attempts that it may have.
    pub max_attempts: u32,
    /// The wait before the second attempt. It doubles with each further attempt.
    pub backoff: Duration,
    /// The steps that must be complete first.
    pub depends_on: Vec<Uuid>,
    /// The result of the latest attempt.
    pub result: Option<StepExecutionResult>,
}

/// The result of an attempt. Not a `Result`: a failed attempt is stored like a successful one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StepExecutionResult {
    /// Whether it succeeded.
    pub success: bool,
    /// The handler's results, for the steps that depend on this one.
    pub results: Value,
    /// Why it failed.
    pub error: Option<StepFailure>,
    /// The `correlation_id`s of the tasks that the step waits for.
    pub child_tasks: Vec<Uuid>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepFailure {
    /// The kind of failure.
    pub error_type: String,
    /// What happened.
    pub message: String,
    /// Whether another attempt may succeed.
    pub retryable: bool,
}

/// A claimed step with the input of its handler.
#[derive(Clone, Debug, SpanFields)]
pub struct TaskSequenceStep {
    /// The task.
    #[span(nested(correlation_id, task_uuid, namespace))]
    pub task: Task,
    /// The step, with the number of this attempt.
    #[span(nested(step_uuid, handler_name, attempt_number, max_attempts))]
    pub workflow_step: WorkflowStep,
    /// The results of the steps that it depends on, by name.
    pub dependency_results: HashMap<String, Value>,
}

impl WorkflowStep {
    /// The wait before the next attempt, if there is one after a failure.
    pub fn retry_delay(&self) -> Option<Duration> {
        let attempt = self.attempt.unwrap_or_default();
        let failure = self.result.as_ref()?.error.as_ref()?;
        (failure.retryable && attempt < self.max_attempts)
            .then(|| self.backoff * 2_u32.saturating_pow(attempt.saturating_sub(1)))
    }
}

impl StepFailure {
    /// A failure after which another attempt may succeed.
    pub fn retryable(error_type: &str, message: impl fmt::Display) -> Self {
        Self {
            error_type: error_type.to_owned(),
            message: message.to_string(),
            retryable: true,
        }
    }

    /// A failure that each further attempt would repeat.
    pub fn permanent(error_type: &str, message: impl fmt::Display) -> Self {
        Self {
            error_type: error_type.to_owned(),
            message: message.to_string(),
            retryable: false,
        }
    }

    /// The failure as spans show it.
    pub fn describe(&self) -> Failure {
        Failure::new(self.error_type.clone()).with_description(&self.message)
    }
}

impl Outcome for StepExecutionResult {
    fn failure(&self) -> Option<Failure> {
        self.error.as_ref().map(StepFailure::describe)
    }
}
