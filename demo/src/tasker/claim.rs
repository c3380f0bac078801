//! The claim of a step by a worker, and the rule of who may claim it.

use std::time::SystemTime;

use super::{TaskSequenceStep, WorkflowStep, WorkflowStepState};

/// A claimed step.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The step, with the number of the claimed attempt.
    pub step: TaskSequenceStep,
    /// The previous attempt, if its worker was lost.
    pub lost: Option<LostAttempt>,
}

/// An attempt that was claimed and has no result.
#[derive(Clone, Debug)]
pub struct LostAttempt {
    /// The step, with the number of the lost attempt.
    pub step: TaskSequenceStep,
    /// When the lost worker claimed it.
    pub claimed_at: SystemTime,
    /// The lost worker, if the store knows it.
    pub claimed_by: Option<String>,
}

impl Claim {
    /// Whether the lost attempt was the step's last: it is only reported, nothing is executed.
    pub fn is_used_up(&self) -> bool {
        let attempt = self.step.workflow_step.attempt;
        self.lost
            .as_ref()
            .is_some_and(|lost| lost.step.workflow_step.attempt == attempt)
    }
}

/// The number of the attempt that a worker claims, if it may. `is_claimed`: the latest attempt has
/// no result yet.
///
/// Redelivery of the message means that the worker of that attempt is lost. If it was the last one,
/// it keeps its number.
pub(super) fn attempt_to_claim(step: &WorkflowStep, is_claimed: bool, redelivered: bool) -> Option<u32> {
    let is_wanted = matches!(step.state, WorkflowStepState::Enqueued | WorkflowStepState::InProgress);
    if !is_wanted || (is_claimed && !redelivered) {
        return None;
    }
    let latest = step.attempt.unwrap_or_default();
    let is_used_up = is_claimed && latest >= step.max_attempts;
    Some(if is_used_up { latest } else { latest + 1 })
}
