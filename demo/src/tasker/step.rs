//! Steps: the parts of a task that workers execute.

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
    /// What a worker calls.
    pub handler_name: String,
    /// The current state.
    pub state: WorkflowStepState,
    /// The number of the latest attempt: 1 is the first, none before a worker has claimed the step.
    #[span(attempt_number)]
    pub attempt: Option<u32>,
    /// How many attempts there may be.
    pub max_attempts: u32,
    /// The wait before the second attempt; it doubles with every further one.
    pub backoff: Duration,
    /// The steps that must be complete before this one runs.
    pub depends_on: Vec<Uuid>,
    /// What the latest attempt came to.
    pub result: Option<StepExecutionResult>,
}

/// What an attempt at a step came to. Not a `Result`: a failed attempt is a normal outcome, stored like any other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StepExecutionResult {
    /// Whether the step's work is done.
    pub success: bool,
    /// What the handler returned, for the steps that depend on this one.
    pub results: Value,
    /// Why it failed.
    pub error: Option<StepFailure>,
    /// The `correlation_id`s of tasks that the handler requested: the step is not done before they are.
    pub child_tasks: Vec<Uuid>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepFailure {
    /// A name for this kind of failure.
    pub error_type: String,
    /// What happened.
    pub message: String,
    /// Whether another attempt could succeed.
    pub retryable: bool,
}

/// A claimed step with everything its handler may need.
#[derive(Clone, Debug, SpanFields)]
pub struct TaskSequenceStep {
    /// The task.
    #[span(nested(correlation_id, task_uuid, namespace))]
    pub task: Task,
    /// The step, with the number of this attempt.
    #[span(nested(step_uuid, handler_name, attempt_number, max_attempts))]
    pub workflow_step: WorkflowStep,
    /// The results of the steps that it depends on, by step name.
    pub dependency_results: HashMap<String, Value>,
}

impl WorkflowStep {
    /// The wait before the next attempt, if the latest one failed and may be repeated.
    pub fn retry_delay(&self) -> Option<Duration> {
        let attempt = self.attempt.unwrap_or_default();
        let failure = self.result.as_ref()?.error.as_ref()?;
        (failure.retryable && attempt < self.max_attempts)
            .then(|| self.backoff * 2_u32.saturating_pow(attempt.saturating_sub(1)))
    }
}

impl StepFailure {
    /// Another attempt could succeed.
    pub fn retryable(error_type: &str, message: impl fmt::Display) -> Self {
        Self {
            error_type: error_type.to_owned(),
            message: message.to_string(),
            retryable: true,
        }
    }

    /// Every other attempt would fail as well.
    pub fn permanent(error_type: &str, message: impl fmt::Display) -> Self {
        Self {
            error_type: error_type.to_owned(),
            message: message.to_string(),
            retryable: false,
        }
    }

    /// As the spans of failed work show it.
    pub fn describe(&self) -> Failure {
        Failure::new(self.error_type.clone()).with_description(&self.message)
    }
}

/// What the spans of handlers and of executions show of a failed attempt.
impl Outcome for StepExecutionResult {
    fn failure(&self) -> Option<Failure> {
        self.error.as_ref().map(StepFailure::describe)
    }
}
