//! `SampleReason`: why a span is exported. Which reason a span has is decided in `span`.

use super::decision::Decision;
use crate::sampled_by::SampledBy;

/// Why a span is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SampleReason {
    /// Every such span is.
    #[default]
    Always,
    /// By its identity, with this probability.
    Probability(Decision),
    /// It was not sampled at its start.
    AtEnd(SampledBy),
}

impl SampleReason {
    /// Of a span that was sampled at its start, by a probability if it is below 1.
    pub(crate) fn at_start(decision: Option<Decision>) -> Self {
        decision.map_or(Self::Always, Self::Probability)
    }

    /// What the `tracestate` tells.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Probability(decision) => Some(decision),
            Self::Always | Self::AtEnd(_) => None,
        }
    }
}
