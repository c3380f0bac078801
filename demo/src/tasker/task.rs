//! Tasks: runs of a workflow.

use std::time::SystemTime;

use serde_json::Value;
use tasker_span_runtime::SpanFields;
use uuid::Uuid;

/// A run of a workflow.
///
/// Its state is not part of it: the store holds that, and whoever needs it asks there.
#[derive(Clone, Debug, SpanFields)]
pub struct Task {
    /// Identifies the task.
    pub task_uuid: Uuid,
    /// Chosen by whoever requested the task.
    pub correlation_id: Uuid,
    /// The `correlation_id` of the task that started this one.
    pub parent_correlation_id: Option<Uuid>,
    /// Groups workflows, and names the workers' queue.
    #[span(namespace)]
    pub namespace_name: String,
    /// The template's name.
    pub task_name: String,
    /// Larger is more urgent.
    pub priority: i32,
    /// The request's payload.
    pub context: Value,
    /// When the request came in.
    #[span(started_at)]
    pub requested_at: SystemTime,
}

/// Asks for a task.
#[derive(Clone, Debug, SpanFields)]
pub struct TaskRequest {
    /// Chosen by the caller, to find the task again.
    pub correlation_id: Uuid,
    /// The `correlation_id` of the task on whose behalf the caller asks.
    pub parent_correlation_id: Option<Uuid>,
    /// The template's namespace.
    pub namespace: String,
    /// The template's name.
    #[span(task_name)]
    pub name: String,
    /// Larger is more urgent.
    pub priority: i32,
    /// The payload, for the step handlers.
    pub context: Value,
    /// When the caller asked.
    pub requested_at: SystemTime,
}

impl TaskRequest {
    /// A request of normal priority, made now, under a new correlation id.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, context: Value) -> Self {
        Self {
            correlation_id: Uuid::now_v7(),
            parent_correlation_id: None,
            namespace: namespace.into(),
            name: name.into(),
            priority: 0,
            context,
            requested_at: SystemTime::now(),
        }
    }

    /// The request of a child task.
    #[must_use]
    pub fn on_behalf_of(mut self, parent: &Task) -> Self {
        self.parent_correlation_id = Some(parent.correlation_id);
        self.priority = parent.priority;
        self
    }
}
