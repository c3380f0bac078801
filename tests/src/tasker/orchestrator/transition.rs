//! The task's transitions.

use tasker_span_runtime::task_span;

use super::{Orchestrator, Queue, Store, Task, TaskEvent, TaskState, TaskerResult};

impl<S: Store, Q: Queue> Orchestrator<S, Q> {
    /// Moves the task as `event` asks for, and does the `work` that belongs to the transition. Of several orchestrators
    /// only one gets as far as the work.
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

    #[task_span("task.state_transition", from = from, to = to)]
    async fn transition<T>(
        &self,
        task: &Task,
        from: TaskState,
        to: TaskState,
        work: impl Future<Output = TaskerResult<T>>,
    ) -> TaskerResult<T> {
        self.store.transition_task(task.task_uuid, from, to).await?;
        work.await
    }
}
