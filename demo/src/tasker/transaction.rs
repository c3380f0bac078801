//! The seam between the engine and what it changes: state and messages, together or not at all.

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::{Claim, StepExecutionResult, Task, TaskContext, TaskState, TaskerResult, WorkflowStep, WorkflowStepState};

/// State and messages that are committed together or not at all. Dropped without a commit, it is rolled back.
///
/// Transitions compare and set: one that expects another state than the current one fails with
/// [`TaskerError::StateConflict`](super::TaskerError::StateConflict). Messages carry the context of the span in which
/// they are sent.
pub trait Transaction: Send + 'static {
    /// Adds a task in state `pending`, with its steps.
    fn create_task(&mut self, task: &Task, steps: &[WorkflowStep]) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Waits until no other transaction works on the task, and returns its state. Everything that changes a task or a
    /// step of it begins with this.
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

    /// Counts a new attempt at a step that is `enqueued` or `in_progress`, and notes when it was claimed. The claim is
    /// open until [`save_result`](Self::save_result).
    ///
    /// An open claim of somebody else is that of a worker that must be dead where the message was `redelivered`: then
    /// its attempt is returned as lost. Where no attempt is left after it, none is counted, and the claim is renewed
    /// under the number of the lost one (see [`Claim::is_used_up`]).
    ///
    /// `None` where the step is no longer wanted, or claimed by a worker that may be alive.
    fn claim_step(
        &mut self,
        step_uuid: Uuid,
        redelivered: bool,
    ) -> impl Future<Output = TaskerResult<Option<Claim>>> + Send;

    /// Keeps what the attempt came to, and closes its claim.
    ///
    /// Fails with [`TaskerError::StateConflict`](super::TaskerError::StateConflict) where the claim is not open any more:
    /// a later attempt has been claimed meanwhile, or this one has its result.
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

    /// Marks a message as processed. Without the commit it is delivered again.
    fn archive(&mut self, queue: &str, message_id: i64) -> impl Future<Output = TaskerResult<()>> + Send;

    /// Makes all of it true.
    fn commit(self) -> impl Future<Output = TaskerResult<()>> + Send;
}
