//! The state machine of a task.

use super::named::named;
use super::{TaskerError, TaskerResult};

named! {
    /// The states of a task.
    TaskState {
        /// Created, not started.
        Pending "pending",
        /// Started.
        Initializing "initializing",
        /// Steps are being sent to the workers.
        EnqueuingSteps "enqueuing_steps",
        /// Workers execute steps.
        StepsInProcess "steps_in_process",
        /// Results are evaluated.
        EvaluatingResults "evaluating_results",
        /// Only a child task can bring it further.
        WaitingForDependencies "waiting_for_dependencies",
        /// A failed step is retried later.
        WaitingForRetry "waiting_for_retry",
        /// A step failed, without another attempt.
        BlockedByFailures "blocked_by_failures",
        /// Every step is complete.
        Complete "complete",
        /// Failed.
        Error "error",
        /// Cancelled on request.
        Cancelled "cancelled",
        /// Closed by an operator.
        ResolvedManually "resolved_manually",
    }
}

named! {
    /// What moves a task from state to state.
    TaskEvent {
        /// The orchestrator starts it.
        Start "start",
        /// Some steps are ready.
        ReadyStepsFound "ready_steps_found",
        /// No step can run before a child task ends.
        NoDependenciesReady "no_dependencies_ready",
        /// The child tasks have ended.
        DependenciesReady "dependencies_ready",
        /// The workers' queues have the steps.
        StepsEnqueued "steps_enqueued",
        /// The workers' queues refused the steps.
        EnqueueFailed "enqueue_failed",
        /// A result makes further steps ready.
        StepCompleted "step_completed",
        /// The last result under way came back.
        AllStepsCompleted "all_steps_completed",
        /// Every step of the task is complete.
        AllStepsSuccessful "all_steps_successful",
        /// A step failed and has attempts left.
        StepFailed "step_failed",
        /// The wait before the next attempt is over.
        RetryReady "retry_ready",
        /// A step failed, without another attempt.
        PermanentFailure "permanent_failure",
        /// No operator resolves the failure.
        GiveUp "give_up",
        /// An operator resolved the failure.
        ManualResolution "manual_resolution",
        /// Cancelled on request.
        Cancel "cancel",
    }
}

impl TaskState {
    /// Whether the task has ended.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Complete | Self::Error | Self::Cancelled | Self::ResolvedManually
        )
    }

    /// The state after `event`.
    pub fn on(self, event: TaskEvent) -> TaskerResult<Self> {
        use TaskEvent as Event;
        let next = match (self, event) {
            (Self::Pending, Event::Start) => Self::Initializing,

            (Self::Initializing | Self::EvaluatingResults, Event::ReadyStepsFound)
            | (Self::WaitingForRetry, Event::RetryReady) => Self::EnqueuingSteps,
            (Self::Initializing | Self::EvaluatingResults, Event::NoDependenciesReady) => Self::WaitingForDependencies,

            (Self::EnqueuingSteps, Event::StepsEnqueued) => Self::StepsInProcess,

            (Self::StepsInProcess, Event::StepCompleted | Event::AllStepsCompleted)
            | (Self::WaitingForDependencies, Event::DependenciesReady) => Self::EvaluatingResults,

            (Self::EvaluatingResults, Event::StepFailed) => Self::WaitingForRetry,
            (Self::EvaluatingResults, Event::PermanentFailure) => Self::BlockedByFailures,
            (Self::EvaluatingResults, Event::AllStepsSuccessful) => Self::Complete,

            (Self::EnqueuingSteps, Event::EnqueueFailed) | (Self::BlockedByFailures, Event::GiveUp) => Self::Error,
            (Self::BlockedByFailures, Event::ManualResolution) => Self::ResolvedManually,

            (state, Event::Cancel) if !state.is_terminal() => Self::Cancelled,
            _ => {
                return Err(TaskerError::InvalidTransition {
                    from: self.as_str(),
                    event: event.as_str(),
                });
            }
        };
        Ok(next)
    }
}
