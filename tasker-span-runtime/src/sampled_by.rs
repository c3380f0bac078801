//! `SampledBy`: why a span is exported that was not sampled at its start.

/// The reason of the span itself, or of one that it encloses. An error is the stronger reason. No reason is zero, so that an
/// entry of the identity cache without one is zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SampledBy {
    Slow = 1,
    Error = 2,
}

impl SampledBy {
    /// The value of `tasker.sampled_by`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Error => "error",
        }
    }
}
