//! The tables and queues, in memory. They await as a database does.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tasker_span_runtime::{TraceContext, Uuid};

use crate::model::{StepMessage, Task, TaskInfo, TaskRequest, WorkflowStep};

#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    tasks: Vec<TaskInfo>,
    /// In the order in which they depend on each other.
    steps: Vec<WorkflowStep>,
    messages: VecDeque<StepMessage>,
}

impl Store {
    /// Inserts a row. The table gives it its id.
    pub(crate) async fn insert_task(&self, request: &TaskRequest) -> Uuid {
        tokio::task::yield_now().await;
        let task_uuid = Uuid::now_v7();
        self.lock().tasks.push(TaskInfo {
            task: Task {
                task_uuid,
                correlation_id: request.correlation_id,
                name: request.name.clone(),
                state: "pending",
            },
            namespace_name: request.namespace.clone(),
        });
        task_uuid
    }

    pub(crate) async fn insert_step(&self, task_uuid: Uuid, handler: &str) {
        tokio::task::yield_now().await;
        self.lock().steps.push(WorkflowStep {
            workflow_step_uuid: Uuid::now_v7(),
            task_uuid,
            handler: handler.to_owned(),
            attempts: None,
            state: "pending",
        });
    }

    pub(crate) async fn task_info(&self, task_uuid: Uuid) -> TaskInfo {
        tokio::task::yield_now().await;
        let tables = self.lock();
        let task = tables.tasks.iter().find(|info| info.task.task_uuid == task_uuid);
        task.expect("the task was inserted").clone()
    }

    pub(crate) async fn step(&self, step_uuid: Uuid) -> WorkflowStep {
        tokio::task::yield_now().await;
        let tables = self.lock();
        let step = tables.steps.iter().find(|step| step.workflow_step_uuid == step_uuid);
        step.expect("the step was inserted").clone()
    }

    /// The step that may run now, and `None` after the last one.
    pub(crate) async fn viable_step(&self) -> Option<WorkflowStep> {
        tokio::task::yield_now().await;
        self.lock().steps.iter().find(|step| step.state == "pending").cloned()
    }

    pub(crate) async fn update_task(&self, task_uuid: Uuid, update: impl FnOnce(&mut Task)) {
        tokio::task::yield_now().await;
        let mut tables = self.lock();
        let mut tasks = tables.tasks.iter_mut().map(|info| &mut info.task);
        update(tasks.find(|task| task.task_uuid == task_uuid).expect("it was inserted"));
    }

    pub(crate) async fn update_step(&self, step_uuid: Uuid, update: impl FnOnce(&mut WorkflowStep)) {
        tokio::task::yield_now().await;
        let mut tables = self.lock();
        let mut steps = tables.steps.iter_mut();
        update(
            steps
                .find(|step| step.workflow_step_uuid == step_uuid)
                .expect("it was inserted"),
        );
    }

    /// Sends the step to the workers.
    pub(crate) async fn send(&self, step_uuid: Uuid) {
        tokio::task::yield_now().await;
        self.lock().messages.push_back(StepMessage {
            step_uuid,
            trace_context: TraceContext::current(),
        });
    }

    pub(crate) fn next_step(&self) -> Option<StepMessage> {
        self.lock().messages.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
