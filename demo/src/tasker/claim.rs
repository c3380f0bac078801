//! What a worker gets when it claims a step.

use std::time::SystemTime;

use super::TaskSequenceStep;

/// A claimed step.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The step, with the number of the attempt that was claimed.
    pub step: TaskSequenceStep,
    /// The attempt before, where its worker died.
    pub lost: Option<LostAttempt>,
}

/// An attempt that was claimed and never came to a result.
#[derive(Clone, Debug)]
pub struct LostAttempt {
    /// The step, with the number of the lost attempt.
    pub step: TaskSequenceStep,
    /// When the worker that died had claimed it.
    pub claimed_at: SystemTime,
}

impl Claim {
    /// Whether the lost attempt was the last one that the step had: there is nothing to execute, only to report.
    pub fn is_used_up(&self) -> bool {
        let attempt = self.step.workflow_step.attempt;
        self.lost
            .as_ref()
            .is_some_and(|lost| lost.step.workflow_step.attempt == attempt)
    }
}
