//! `TaskInitializer`: creates tasks, for programs and for step handlers.

use std::sync::Arc;
use std::time::Duration;

use tasker_span_runtime::{span_record, task_span};

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::{Store, Task, TaskRequest, TaskTemplateRegistry, TaskerResult, Transaction};

/// Turns requests into tasks.
#[derive(Debug)]
pub struct TaskInitializer<S> {
    templates: Arc<TaskTemplateRegistry>,
    store: Arc<S>,
}

impl<S: Store> TaskInitializer<S> {
    /// For tasks of these templates.
    pub fn new(templates: Arc<TaskTemplateRegistry>, store: Arc<S>) -> Self {
        Self { templates, store }
    }

    /// Stores the requested task and sends it to the orchestrators.
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        task = request,
        late(task_uuid),
    )]
    pub async fn create_task(&self, request: TaskRequest) -> TaskerResult<Task> {
        let (task, steps) = self.templates.resolve(&request)?.instantiate(request);
        span_record!(task_uuid = task.task_uuid);
        let message = OrchestrationMessage::TaskCreated {
            task_uuid: task.task_uuid,
        };
        let mut transaction = self.store.begin().await?;
        transaction.create_task(&task, &steps).await?;
        transaction.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await?;
        transaction.commit().await?;
        Ok(task)
    }
}
