//! The state machine of a step. The worker takes it from `enqueued` to `enqueued_for_orchestration`; every other
//! transition is the orchestrator's.

use super::named::named;
use super::{TaskerError, TaskerResult};

named! {
    /// The states of a step.
    WorkflowStepState {
        /// Not sent to the workers yet.
        Pending "pending",
        /// In a worker's queue.
        Enqueued "enqueued",
        /// A worker executes it.
        InProgress "in_progress",
        /// Executed; the orchestrator has not seen the result yet.
        EnqueuedForOrchestration "enqueued_for_orchestration",
        /// Failed, and tried again later.
        WaitingForRetry "waiting_for_retry",
        /// Successful.
        Complete "complete",
        /// Failed for good.
        Error "error",
        /// Never executed, or stopped.
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
        /// Its result goes back.
        EnqueueForOrchestration "enqueue_for_orchestration",
        /// The result is good.
        Complete "complete",
        /// The result is bad, and there is another attempt.
        WaitForRetry "wait_for_retry",
        /// The result is bad for good.
        Fail "fail",
        /// The wait is over.
        Retry "retry",
        /// The task ends without it.
        Cancel "cancel",
        /// An operator closes it.
        ResolveManually "resolve_manually",
    }
}

impl WorkflowStepState {
    /// Whether nothing can follow but an operator's decision.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Complete | Self::Error | Self::Cancelled | Self::ResolvedManually
        )
    }

    /// Whether it is on its way to a worker or back.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Enqueued | Self::InProgress | Self::EnqueuedForOrchestration)
    }

    /// Whether the steps that depend on it may run.
    pub const fn satisfies_dependencies(self) -> bool {
        matches!(self, Self::Complete | Self::ResolvedManually)
    }

    /// The state after `event`.
    ///
    /// # Errors
    ///
    /// Where the event is not allowed in this state.
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
