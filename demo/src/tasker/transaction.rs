//! `Transaction`: changes of state and messages that are committed together.

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::{Claim, StepExecutionResult, Task, TaskContext, TaskState, TaskerResult, WorkflowStep, WorkflowStepState};

/// State and messages that are committed together. Dropped without a commit, it is rolled back.
///
/// A transition fails with [`TaskerError::StateConflict`](super::TaskerError::StateConflict) if the
/// current state is not the expected one. Messages carry the trace context of the span that sends
/// them.
pub trait Transaction: Send + 'static {
    /// Adds a task in state `pending`, with its steps.
    fn create_task(&mut self, task: &Task, steps: &[WorkflowStep]) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Locks the task against other transactions and returns its state. Comes before every change
    /// to it or its steps.
    fn lock_task(&mut self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<TaskState>> + Send;

    /// The task with its steps and child tasks.
    fn task_context(&mut self, task_uuid: Uuid) -> impl Future<Output = TaskerResult<TaskContext>> + Send;

    /// Moves a task.
    fn transition_task(
        &mut self,
        task_uuid: Uuid,
        from: TaskState,
        to: TaskState,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Moves a step.
    fn transition_step(
        &mut self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Claims a step that is `enqueued` or `in_progress` for a new attempt, until
    /// [`save_result`](Self::save_result).
    ///
    /// Returns `None` if the step is no longer wanted, or if its claim may still have a worker. If
    /// the message was `redelivered`, that worker is lost: the claim moves to the caller, together
    /// with the lost attempt.
    fn claim_step(
        &mut self,
        step_uuid: Uuid,
        redelivered: bool,
    ) -> impl Future<Output = TaskerResult<Option<Claim>>> + Send;

    /// Saves the result of an attempt and closes its claim.
    ///
    /// Fails with [`TaskerError::StateConflict`](super::TaskerError::StateConflict) if the
    /// attempt's claim is closed: a later attempt was claimed meanwhile, or the result is saved
    /// already.
    fn save_result(
        &mut self,
        step_uuid: Uuid,
        attempt: u32,
        result: &StepExecutionResult,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Sends a message that becomes visible `delay` after the commit.
    fn send<M: Serialize + Sync>(
        &mut self,
        queue: &str,
        message: &M,
        delay: Duration,
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Sends several messages at once.
    fn send_batch<M: Serialize + Sync>(
        &mut self,
        queue: &str,
        messages: &[M],
    ) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Marks a message as processed.
    fn archive(&mut self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Commits.
    fn commit(self) -> impl Future<Output = TaskerResult<()>> + Send;
}
