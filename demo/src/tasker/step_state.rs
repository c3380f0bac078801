//! The state machine of a step. Workers move it from `enqueued` to `enqueued_for_orchestration`,
//! orchestrators do the rest.

use super::named::named;
use super::{TaskerError, TaskerResult};

named! {
    /// The states of a step.
    WorkflowStepState {
        /// Not sent yet.
        Pending "pending",
        /// In a worker's queue.
        Enqueued "enqueued",
        /// A worker executes it.
        InProgress "in_progress",
        /// Executed, and not evaluated yet.
        EnqueuedForOrchestration "enqueued_for_orchestration",
        /// Failed, and retried later.
        WaitingForRetry "waiting_for_retry",
        /// Successful.
        Complete "complete",
        /// Failed, without another attempt.
        Error "error",
        /// Its task ended first.
        Cancelled "cancelled",
        /// Closed by an operator.
        ResolvedManually "resolved_manually",
    }
}

named! {
    /// What moves a step from state to state.
    StepEvent {
        /// Sent to the workers.
        Enqueue "enqueue",
        /// Claimed by a worker.
        Start "start",
        /// Executed by the worker.
        EnqueueForOrchestration "enqueue_for_orchestration",
        /// Evaluated: success.
        Complete "complete",
        /// Evaluated: failure, with another attempt.
        WaitForRetry "wait_for_retry",
        /// Evaluated: failure, without another attempt.
        Fail "fail",
        /// The wait has ended.
        Retry "retry",
        /// Its task ends.
        Cancel "cancel",
        /// An operator closes it.
        ResolveManually "resolve_manually",
    }
}

impl WorkflowStepState {
    /// Whether only an operator can move it.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Complete | Self::Error | Self::Cancelled | Self::ResolvedManually
        )
    }

    /// Whether a worker has it, or will have it, or its result is not evaluated.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Enqueued | Self::InProgress | Self::EnqueuedForOrchestration)
    }

    /// Whether the steps that depend on it may run.
    pub const fn satisfies_dependencies(self) -> bool {
        matches!(self, Self::Complete | Self::ResolvedManually)
    }

    /// The state after `event`.
    pub fn on(self, event: StepEvent) -> TaskerResult<Self> {
        use StepEvent as Event;
        let next = match (self, event) {
            (Self::Pending, Event::Enqueue) => Self::Enqueued,
            (Self::Enqueued, Event::Start) => Self::InProgress,
            (Self::InProgress, Event::EnqueueForOrchestration) => Self::EnqueuedForOrchestration,

            (Self::EnqueuedForOrchestration, Event::Complete) => Self::Complete,
            (Self::EnqueuedForOrchestration, Event::WaitForRetry) => Self::WaitingForRetry,
            (Self::EnqueuedForOrchestration, Event::Fail) => Self::Error,
            (Self::WaitingForRetry, Event::Retry) => Self::Pending,

            (state, Event::Cancel) if !state.is_terminal() => Self::Cancelled,
            (state, Event::ResolveManually) if !state.is_terminal() || state == Self::Error => Self::ResolvedManually,
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
