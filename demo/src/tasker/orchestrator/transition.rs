//! Transitions of tasks.

use tasker_span_runtime::task_span;

use super::decide::Work;
use super::phases::{
    discover_viable_steps, enqueue_steps, evaluate_results, finalize, inform_parent, release_failed_steps,
    schedule_retry,
};
use crate::tasker::{TaskContext, TaskState, TaskerResult, Transaction};

/// Moves the task, does the work and commits both. Commits inside the span: a failed commit fails
/// the span.
#[task_span("task.state_transition", task = context.task, from = from, to = to)]
pub(super) async fn transition<T: Transaction>(
    mut transaction: T,
    context: &TaskContext,
    from: TaskState,
    to: TaskState,
    work: Work,
) -> TaskerResult<()> {
    let task = &context.task;
    transaction.transition_task(task.task_uuid, from, to).await?;
    match work {
        Work::Nothing => {}
        Work::DiscoverSteps => {
            // The next transition finds them again, maybe in another process.
            discover_viable_steps(&mut transaction, task.task_uuid).await?;
        }
        Work::EnqueueSteps(steps) => enqueue_steps(&mut transaction, task, steps).await?,
        Work::EvaluateResults => evaluate_results(&mut transaction, task, context.reported_steps()).await?,
        Work::ScheduleRetry(delay) => schedule_retry(&mut transaction, context, delay).await?,
        Work::ReleaseFailedSteps => release_failed_steps(&mut transaction, context).await?,
        Work::Finalize => {
            finalize(&mut transaction, task.task_uuid).await?;
            inform_parent(&mut transaction, task).await?;
        }
    }
    transaction.commit().await
}
