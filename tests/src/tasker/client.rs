//! How programs and step handlers talk to the orchestrator.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::{Queue, TaskRequest, TaskerResult};

/// Sends requests to the orchestrators.
#[derive(Debug)]
pub struct TaskerClient<Q> {
    queue: Arc<Q>,
}

impl<Q: Queue> TaskerClient<Q> {
    /// A client of the orchestrators that read this queue.
    pub fn new(queue: Arc<Q>) -> Self {
        Self { queue }
    }

    /// Asks for a task. It is found again by the request's `correlation_id`.
    ///
    /// # Errors
    ///
    /// Where the queue fails.
    pub async fn request(&self, request: TaskRequest) -> TaskerResult<()> {
        self.send(OrchestrationMessage::TaskRequest(request)).await
    }

    /// Asks for the end of a task.
    ///
    /// # Errors
    ///
    /// Where the queue fails.
    pub async fn cancel(&self, task_uuid: Uuid) -> TaskerResult<()> {
        self.send(OrchestrationMessage::Cancel { task_uuid }).await
    }

    async fn send(&self, message: OrchestrationMessage) -> TaskerResult<()> {
        self.queue.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await
    }
}

impl<Q> Clone for TaskerClient<Q> {
    fn clone(&self) -> Self {
        Self {
            queue: Arc::clone(&self.queue),
        }
    }
}
