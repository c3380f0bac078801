//! The rows and messages, with the fields that the spans read.

use tasker_span_runtime::{SpanFields, TraceContext, Uuid};

/// What a caller asks for. It is no task yet.
#[derive(Clone, Debug, SpanFields)]
pub struct TaskRequest {
    /// The caller's id, to search by.
    pub correlation_id: Uuid,
    /// The namespace of the template.
    pub namespace: String,
    /// The name of the template.
    pub name: String,
}

/// A state of a task, by its name in the database.
pub(crate) type TaskState = &'static str;
/// A state of a step, by its name in the database.
pub(crate) type StepState = &'static str;

/// A row of the tasks.
#[derive(Clone, Debug, SpanFields)]
#[expect(clippy::struct_field_names, reason = "named as in the database")]
pub(crate) struct Task {
    pub(crate) task_uuid: Uuid,
    pub(crate) correlation_id: Uuid,
    #[span(task_name)]
    pub(crate) name: String,
    #[span(skip)]
    pub(crate) state: TaskState,
}

/// A task with what its template knows, as the orchestrator loads it.
#[derive(Clone, Debug, SpanFields)]
pub(crate) struct TaskInfo {
    #[span(nested(task_uuid, correlation_id, task_name))]
    pub(crate) task: Task,
    #[span(namespace)]
    pub(crate) namespace_name: String,
}

/// A row of the steps.
#[derive(Clone, Debug, SpanFields)]
#[expect(clippy::struct_field_names, reason = "named as in the database")]
pub(crate) struct WorkflowStep {
    #[span(step_uuid)]
    pub(crate) workflow_step_uuid: Uuid,
    pub(crate) task_uuid: Uuid,
    #[span(handler_name)]
    pub(crate) handler: String,
    /// The number of the latest attempt; null before the first, so that no attempt has the number 0.
    #[span(attempt_number)]
    pub(crate) attempts: Option<i32>,
    #[span(skip)]
    pub(crate) state: StepState,
}

/// A message to the workers.
#[derive(Clone, Debug)]
pub(crate) struct StepMessage {
    pub(crate) step_uuid: Uuid,
    pub(crate) trace_context: TraceContext,
}

/// A message to the orchestrators.
#[derive(Clone, Debug)]
pub(crate) struct StepResult {
    pub(crate) step_uuid: Uuid,
    pub(crate) trace_context: TraceContext,
}
