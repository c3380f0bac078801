//! `decide`: the next transition of a task, by its state and its steps.

use std::time::Duration;

use crate::tasker::{ExecutionStatus, TaskContext, TaskEvent, TaskState, TaskerResult, WorkflowStep};

/// Why an orchestrator processes a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Something changed. The state says what.
    News,
    /// The wait for a retry has ended.
    RetryReady {
        /// The attempts at the task's steps until the wait began. A later wait has more.
        attempts: u32,
    },
    /// The task is to be cancelled.
    Cancel,
}

/// The work of a transition, committed with it.
#[derive(Clone, Debug)]
pub enum Work {
    /// No work.
    Nothing,
    /// Find the first steps.
    DiscoverSteps,
    /// Send these steps to the workers.
    EnqueueSteps(Vec<WorkflowStep>),
    /// Evaluate the reported results.
    EvaluateResults,
    /// Process the task again after this time.
    ScheduleRetry(Duration),
    /// Make the failed steps ready again.
    ReleaseFailedSteps,
    /// End the task.
    Finalize,
}

/// The next transition of a task in this state. `None` if the task waits for a message, or has
/// ended.
pub fn decide(state: TaskState, context: &TaskContext, trigger: Trigger) -> TaskerResult<Option<(TaskEvent, Work)>> {
    if trigger == Trigger::Cancel && !state.is_terminal() {
        return Ok(Some((TaskEvent::Cancel, Work::Finalize)));
    }
    Ok(match state {
        TaskState::Pending => Some((TaskEvent::Start, Work::Nothing)),
        TaskState::Initializing => Some(match context.execution_status() {
            ExecutionStatus::HasReadySteps(_) => (TaskEvent::ReadyStepsFound, Work::DiscoverSteps),
            _ => (TaskEvent::NoDependenciesReady, Work::Nothing),
        }),
        TaskState::EnqueuingSteps => Some((TaskEvent::StepsEnqueued, Work::EnqueueSteps(context.viable_steps()))),
        TaskState::StepsInProcess => {
            let next = context.evaluated()?;
            let event = if next.is_processing() {
                TaskEvent::StepCompleted
            } else {
                TaskEvent::AllStepsCompleted
            };
            // Without a further step or an end, the task waits for the next result.
            let has_next = !matches!(next.execution_status(), ExecutionStatus::Processing);
            has_next.then_some((event, Work::EvaluateResults))
        }
        TaskState::EvaluatingResults => follow_up(&context.execution_status()),
        TaskState::WaitingForDependencies => {
            let waits = matches!(context.execution_status(), ExecutionStatus::WaitingForDependencies);
            (!waits).then_some((TaskEvent::DependenciesReady, Work::Nothing))
        }
        TaskState::WaitingForRetry => {
            let attempts = context.attempts();
            // A reminder that is delivered twice must not end a later wait.
            let is_due = trigger == Trigger::RetryReady { attempts };
            is_due.then_some((TaskEvent::RetryReady, Work::ReleaseFailedSteps))
        }
        TaskState::BlockedByFailures => Some((TaskEvent::GiveUp, Work::Finalize)),
        TaskState::Complete | TaskState::Error | TaskState::Cancelled | TaskState::ResolvedManually => None,
    })
}

/// The transition out of `evaluating_results`.
fn follow_up(status: &ExecutionStatus) -> Option<(TaskEvent, Work)> {
    Some(match status {
        ExecutionStatus::HasReadySteps(_) => (TaskEvent::ReadyStepsFound, Work::Nothing),
        ExecutionStatus::WaitingForRetry(delay) => (TaskEvent::StepFailed, Work::ScheduleRetry(*delay)),
        ExecutionStatus::WaitingForDependencies => (TaskEvent::NoDependenciesReady, Work::Nothing),
        ExecutionStatus::BlockedByFailures => (TaskEvent::PermanentFailure, Work::Nothing),
        ExecutionStatus::AllComplete => (TaskEvent::AllStepsSuccessful, Work::Finalize),
        // `steps_in_process` waits for the next result instead.
        ExecutionStatus::Processing => return None,
    })
}
