//! The task's transitions.

use super::{Orchestrator, Queue, Store, Task, TaskEvent, TaskState, TaskerResult};

impl<S: Store, Q: Queue> Orchestrator<S, Q> {
    /// Does the `work` of the transition that `event` asks for, and moves the task.
    pub(super) async fn apply<T>(
        &self,
        task: &Task,
        event: TaskEvent,
        work: impl Future<Output = TaskerResult<T>>,
    ) -> TaskerResult<T> {
        let from = self.store.task_state(task.task_uuid).await?;
        let to = from.on(event)?;
        self.transition(task, from, to, work).await
    }

    async fn transition<T>(
        &self,
        task: &Task,
        from: TaskState,
        to: TaskState,
        work: impl Future<Output = TaskerResult<T>>,
    ) -> TaskerResult<T> {
        let done = work.await?;
        self.store.transition_task(task.task_uuid, from, to).await?;
        Ok(done)
    }
}
