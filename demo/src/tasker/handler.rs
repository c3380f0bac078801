//! Step handlers: the user's code, called by workers.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;

use serde_json::Value;
use uuid::Uuid;

use super::{StepExecutionResult, StepFailure, TaskSequenceStep};

/// The return type of a handler.
pub type HandlerResult = Result<StepOutput, StepFailure>;

/// The output of a handler.
#[derive(Clone, Debug, Default)]
pub struct StepOutput {
    results: Value,
    child_tasks: Vec<Uuid>,
}

type BoxedHandler = Box<dyn Fn(TaskSequenceStep) -> Pin<Box<dyn Future<Output = HandlerResult> + Send>> + Send + Sync>;

/// Handlers by name.
#[derive(Default)]
pub struct HandlerRegistry(HashMap<String, BoxedHandler>);

impl StepOutput {
    /// The results, for the steps that depend on this one.
    pub fn new(results: Value) -> Self {
        Self {
            results,
            child_tasks: Vec::new(),
        }
    }

    /// Makes the step wait for the task with this `correlation_id`, which the handler has
    /// requested.
    #[must_use]
    pub fn awaiting(mut self, correlation_id: Uuid) -> Self {
        self.child_tasks.push(correlation_id);
        self
    }
}

impl HandlerRegistry {
    /// Adds a handler.
    pub fn register<H, F>(&mut self, name: impl Into<String>, handler: H)
    where
        H: Fn(TaskSequenceStep) -> F + Send + Sync + 'static,
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.0
            .insert(name.into(), Box::new(move |step| Box::pin(handler(step))));
    }

    /// Calls the step's handler.
    pub async fn call(&self, step: TaskSequenceStep) -> StepExecutionResult {
        let Some(handler) = self.0.get(&step.workflow_step.handler_name) else {
            let message = format!("no handler `{}`", step.workflow_step.handler_name);
            return Err(StepFailure::permanent("handler_not_found", message)).into();
        };
        handler(step).await.into()
    }
}

impl From<HandlerResult> for StepExecutionResult {
    fn from(returned: HandlerResult) -> Self {
        match returned {
            Ok(StepOutput { results, child_tasks }) => Self {
                success: true,
                results,
                child_tasks,
                ..Self::default()
            },
            Err(failure) => Self {
                error: Some(failure),
                ..Self::default()
            },
        }
    }
}

impl fmt::Debug for HandlerRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
