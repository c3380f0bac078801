//! A task and a step as a test needs them: fresh ids, everything in place.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::{SpanFields, Uuid};

/// A task with all that its spans may carry.
#[derive(Clone, Debug, SpanFields)]
pub struct Task {
    /// Its id.
    pub task_uuid: Uuid,
    /// The caller's id.
    pub correlation_id: Uuid,
    /// The caller's own task.
    pub parent_correlation_id: Option<Uuid>,
    /// Its namespace, under the name of real code.
    #[span(namespace)]
    pub namespace_name: String,
    /// Its template's name.
    pub task_name: String,
    /// Its priority.
    pub priority: i32,
    /// When it began.
    #[span(started_at)]
    pub created_at: SystemTime,
}

/// A step of a [`Task`].
#[derive(Clone, Debug, SpanFields)]
pub struct Step {
    /// Its id, under the name of real code.
    #[span(step_uuid)]
    pub workflow_step_uuid: Uuid,
    /// Its task.
    pub task_uuid: Uuid,
    /// What executes it.
    #[span(handler_name)]
    pub handler: String,
    /// Which attempt this is, from 1.
    #[span(attempt_number)]
    pub attempts: u32,
    /// After how many it fails.
    pub max_attempts: Option<i32>,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            task_uuid: Uuid::now_v7(),
            correlation_id: Uuid::new_v4(),
            parent_correlation_id: None,
            namespace_name: "payments".to_owned(),
            task_name: "order_fulfillment".to_owned(),
            priority: 3,
            created_at: SystemTime::now() - Duration::from_secs(90),
        }
    }
}

impl Task {
    /// A step of this task at its first attempt.
    pub fn step(&self) -> Step {
        Step {
            workflow_step_uuid: Uuid::now_v7(),
            task_uuid: self.task_uuid,
            handler: "charge_payment".to_owned(),
            attempts: 1,
            max_attempts: Some(3),
        }
    }
}
