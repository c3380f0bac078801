//! Tasks: runs of a workflow.

use std::time::SystemTime;

use serde_json::Value;
use tasker_span_runtime::SpanFields;
use uuid::Uuid;

/// A run of a workflow. Its state is in the store.
#[derive(Clone, Debug, SpanFields)]
pub struct Task {
    /// Identifies the task.
    pub task_uuid: Uuid,
    /// The caller's id.
    pub correlation_id: Uuid,
    /// The `correlation_id` of the parent task.
    pub parent_correlation_id: Option<Uuid>,
    /// A group of workflows, which shares its workers.
    #[span(namespace)]
    pub namespace_name: String,
    /// The template's name.
    pub task_name: String,
    /// Larger is more urgent.
    pub priority: i32,
    /// The payload of the request.
    pub context: Value,
    /// When the task was requested.
    #[span(started_at)]
    pub requested_at: SystemTime,
}

/// A request for a task.
#[derive(Clone, Debug, SpanFields)]
pub struct TaskRequest {
    /// The caller's id.
    pub correlation_id: Uuid,
    /// The `correlation_id` of the parent task.
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
    /// When the caller made the request.
    pub requested_at: SystemTime,
}

impl TaskRequest {
    /// A request of normal priority, made now, with a new correlation id.
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

    /// Makes it the request of a child task.
    #[must_use]
    pub fn on_behalf_of(mut self, parent: &Task) -> Self {
        self.parent_correlation_id = Some(parent.correlation_id);
        self.priority = parent.priority;
        self
    }
}
