//! The seam between the engine and its state.

use uuid::Uuid;

use super::{
    StepExecutionResult, Task, TaskContext, TaskSequenceStep, TaskState, TaskerResult, WorkflowStep, WorkflowStepState,
};

/// Where tasks and steps are kept. Transitions compare and set: of two processes that attempt the same one, one fails
/// with [`TaskerError::StateConflict`](super::TaskerError::StateConflict).
pub trait Store: Send + Sync + 'static {
    /// Adds a task in state `pending`, with its steps.
    fn create_task(&self, task: Task, steps: Vec<WorkflowStep>) -> impl Future<Output = TaskerResult<()>> + Send;

    /// The task of this UUID.
    fn task(&self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<Task>> + Send;

    /// The task of this `correlation_id`, if it exists by now.
    fn task_of(&self, correlation_id: Uuid) -> impl Future<Output = TaskerResult<Option<Task>>> + Send;

    /// The task's state.
    fn task_state(&self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<TaskState>> + Send;

    /// The task with its steps and child tasks.
    fn task_context(&self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<TaskContext>> + Send;

    /// Moves a task.
    fn transition_task(
        &self,
        task_uuid: Uuid,
        from: TaskState,
        to: TaskState,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Moves a step.
    fn transition_step(
        &self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Counts a new attempt at an enqueued step and returns all that a worker needs; `None` where the step is no longer
    /// wanted.
    fn claim_step(&self, step_uuid: Uuid) -> impl Future<Output = TaskerResult<Option<TaskSequenceStep>>> + Send;

    /// Keeps what an attempt came to.
    fn save_result(
        &self,
        step_uuid: Uuid,
        result: StepExecutionResult,
    ) -> impl Future<Output = TaskerResult<()>> + Send;
}
