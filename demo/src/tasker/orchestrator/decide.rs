//! What to do next about a task.

use std::time::Duration;

use crate::tasker::{ExecutionStatus, TaskContext, TaskEvent, TaskState, TaskerResult, WorkflowStep};

/// Why an orchestrator looks at a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Something happened: the state tells what.
    News,
    /// The wait before further attempts is over, if it is still the one that began after so many.
    RetryReady {
        /// All attempts at the task's steps until then.
        attempts: u32,
    },
    /// The task is no longer wanted.
    Cancel,
}

/// What belongs to a transition, and is committed with it.
#[derive(Clone, Debug)]
pub enum Work {
    /// Nothing.
    Nothing,
    /// Look for the steps that can run first.
    DiscoverSteps,
    /// Send these steps to the workers.
    EnqueueSteps(Vec<WorkflowStep>),
    /// Decide on the results that have come back.
    EvaluateResults,
    /// Look at the task again after this time.
    ScheduleRetry(Duration),
    /// Make the failed steps ready for another attempt.
    ReleaseFailedSteps,
    /// End the task.
    Finalize,
}

/// The next transition of a task in this state; `None` where it waits for a further message, or has ended.
///
/// # Errors
///
/// Never, as long as the state machine of steps allows the verdicts on results.
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
            // A result that leads nowhere by itself waits for the next one.
            let leads_somewhere = !matches!(next.execution_status(), ExecutionStatus::Processing);
            leads_somewhere.then_some((event, Work::EvaluateResults))
        }
        TaskState::EvaluatingResults => follow_up(&context.execution_status()),
        TaskState::WaitingForDependencies => {
            let waits = matches!(context.execution_status(), ExecutionStatus::WaitingForDependencies);
            (!waits).then_some((TaskEvent::DependenciesReady, Work::Nothing))
        }
        TaskState::WaitingForRetry => {
            let attempts = context.attempts();
            // A reminder that was delivered twice must not cut a later wait short.
            let is_due = trigger == Trigger::RetryReady { attempts };
            is_due.then_some((TaskEvent::RetryReady, Work::ReleaseFailedSteps))
        }
        TaskState::BlockedByFailures => Some((TaskEvent::GiveUp, Work::Finalize)),
        TaskState::Complete | TaskState::Error | TaskState::Cancelled | TaskState::ResolvedManually => None,
    })
}

/// From `evaluating_results` to wherever the results lead.
fn follow_up(status: &ExecutionStatus) -> Option<(TaskEvent, Work)> {
    Some(match status {
        ExecutionStatus::HasReadySteps(_) => (TaskEvent::ReadyStepsFound, Work::Nothing),
        ExecutionStatus::WaitingForRetry(delay) => (TaskEvent::StepFailed, Work::ScheduleRetry(*delay)),
        ExecutionStatus::WaitingForDependencies => (TaskEvent::NoDependenciesReady, Work::Nothing),
        ExecutionStatus::BlockedByFailures => (TaskEvent::PermanentFailure, Work::Nothing),
        ExecutionStatus::AllComplete => (TaskEvent::AllStepsSuccessful, Work::Finalize),
        // Results are evaluated only where they lead somewhere.
        ExecutionStatus::Processing => return None,
    })
}
