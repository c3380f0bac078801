//! The orchestrator: it moves the task before and after its work.

use std::sync::Arc;

use tasker_span_runtime::{Uuid, step_span, task_span};

use crate::model::{StepResult, TaskInfo, WorkflowStep};
use crate::state::{transition, transition_step};
use crate::store::Store;

pub(crate) struct Orchestrator {
    store: Arc<Store>,
}

impl Orchestrator {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Takes up a task.
    pub(crate) async fn initialize(&self, task: Uuid) {
        let info = self.store.task_info(task).await;
        transition(&self.store, &info, "pending", "initializing").await;
        self.process(&info, "initializing").await;
    }

    /// Enqueues the steps that may run.
    #[task_span("task.processing", within = "task.orchestration", task = info)]
    async fn process(&self, info: &TaskInfo, from: &'static str) {
        transition(&self.store, info, from, "enqueuing_steps").await;
        self.enqueue(info).await;
        transition(&self.store, info, "enqueuing_steps", "steps_in_process").await;
    }

    #[task_span("step.enqueuing", task = info)]
    async fn enqueue(&self, info: &TaskInfo) {
        if let Some(step) = self.discover(info.task.task_uuid).await {
            transition_step(&self.store, &step, "pending", "enqueued").await;
            self.store.send(step.workflow_step_uuid).await;
        }
    }

    #[task_span("step.discovery", task_uuid = task, inherit)]
    async fn discover(&self, task: Uuid) -> Option<WorkflowStep> {
        self.store.viable_step().await
    }

    /// Takes in a result. It belongs to a step, and moves the task.
    pub(crate) async fn process_result(&self, result: StepResult) {
        let step = self.store.step(result.step_uuid).await;
        let info = self.store.task_info(step.task_uuid).await;
        self.process_step_result(&step, &info, &result).await;
    }

    #[step_span("result.processing", within = "task.orchestration", task = info, link = result.trace_context)]
    async fn process_step_result(&self, step: &WorkflowStep, info: &TaskInfo, result: &StepResult) {
        transition_step(&self.store, step, "enqueued_for_orchestration", "complete").await;
        transition(&self.store, info, "steps_in_process", "evaluating_results").await;
        if self.evaluate(info).await {
            self.finalize(info).await;
            transition(&self.store, info, "evaluating_results", "complete").await;
        } else {
            self.process(info, "evaluating_results").await;
        }
    }

    /// Whether all steps are complete.
    #[task_span("result.evaluation", task = info)]
    async fn evaluate(&self, info: &TaskInfo) -> bool {
        self.store.viable_step().await.is_none()
    }

    #[task_span("task.finalization", within = "task.orchestration", task = info)]
    async fn finalize(&self, info: &TaskInfo) {
        tokio::task::yield_now().await;
    }
}
