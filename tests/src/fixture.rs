//! Tasks, steps and trace contexts with fresh ids and every attribute. Functions that are about them are in `calls`.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::identity::{self, SpanId, TraceId};
use tasker_span_runtime::{SpanFields, TraceContext, Uuid};

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
    /// A task of this namespace.
    pub fn of(namespace: &str) -> Self {
        Self {
            namespace_name: namespace.to_owned(),
            ..Self::default()
        }
    }

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

    /// The derived id of its trace.
    pub fn trace_id(&self) -> TraceId {
        identity::trace_id(self.task_uuid)
    }

    /// The derived id of its root.
    pub fn root_id(&self) -> SpanId {
        identity::root_span_id(self.task_uuid)
    }
}

impl Step {
    /// The step at another attempt.
    #[must_use]
    pub fn attempt(&self, attempts: u32) -> Self {
        Self {
            attempts,
            ..self.clone()
        }
    }

    /// The derived id of the attempt's execution.
    pub fn execution_id(&self) -> SpanId {
        identity::execution_span_id(self.workflow_step_uuid, self.attempts)
    }
}

/// The trace context of a sampled span in another process.
pub fn remote(trace_id: u128, span_id: u64) -> TraceContext {
    let traceparent = format!("00-{trace_id:032x}-{span_id:016x}-01");
    TraceContext::from_headers(Some(&traceparent), None)
}
