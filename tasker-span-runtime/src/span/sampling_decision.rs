//! `SamplingDecision`: whether a running span is exported when it ends.

use crate::catalogue::Family;
use crate::sampling::{self, Decision, Namespace, SlowerThan};

/// Whether a span is exported when it ends, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SamplingDecision {
    pub(crate) is_sampled: bool,
    /// Whether an unsampled span is unsampled with its whole task, or with its step.
    pub(crate) level: Family,
    /// Whether an unsampled span is exported if it fails.
    pub(crate) keep_errors: bool,
    /// The duration from which an unsampled span is exported.
    pub(crate) slower_than: SlowerThan,
    /// Where an unsampled step is counted that is exported after all.
    pub(crate) namespace: Option<Namespace>,
    /// The probability, if it is below 1.
    pub(crate) decision: Option<Decision>,
}

impl SamplingDecision {
    pub(crate) const SAMPLED: Self = Self {
        is_sampled: true,
        level: Family::Task,
        keep_errors: true,
        slower_than: SlowerThan::OFF,
        namespace: None,
        decision: None,
    };

    /// Whether an unsampled span may be exported at its end, for itself or for a descendant.
    pub(super) fn may_be_exported_at_end(&self) -> bool {
        self.keep_errors || sampling::samples_slow()
    }
}
