//! Creates tasks: called by the program that takes orders, and by step handlers that need a task of their own.

use std::sync::Arc;
use std::time::Duration;

use tasker_span_runtime::task_span;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::{Store, Task, TaskRequest, TaskTemplateRegistry, TaskerResult, Transaction};

/// Turns requests into tasks.
#[derive(Debug)]
pub struct TaskInitializer<S> {
    templates: Arc<TaskTemplateRegistry>,
    store: Arc<S>,
}

impl<S: Store> TaskInitializer<S> {
    /// Creates tasks of these templates.
    pub fn new(templates: Arc<TaskTemplateRegistry>, store: Arc<S>) -> Self {
        Self { templates, store }
    }

    /// Stores the task that is asked for, and tells the orchestrators.
    ///
    /// # Errors
    ///
    /// Where there is no such template.
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        task = request,
        late(task_uuid = |task| task.task_uuid),
    )]
    pub async fn create_task(&self, request: TaskRequest) -> TaskerResult<Task> {
        let (task, steps) = self.templates.resolve(&request)?.instantiate(request);
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
