//! `NamespaceStats`: the counts of one namespace, as a snapshot. `namespaces` counts.

/// The executions of one namespace's steps, by their [sampling](crate::Sampling) decision; see
/// [`Stats::namespaces`](crate::Stats::namespaces).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamespaceStats {
    /// Executions that were sampled.
    pub sampled: u64,
    /// Executions that were not sampled, or whose task was not.
    pub unsampled: u64,
    /// Spans of unsampled executions that were exported for an error.
    pub sampled_by_error: u64,
    /// Spans of unsampled executions that were exported for slowness.
    pub sampled_by_slowness: u64,
}

impl NamespaceStats {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            sampled: self.sampled.saturating_sub(before.sampled),
            unsampled: self.unsampled.saturating_sub(before.unsampled),
            sampled_by_error: self.sampled_by_error.saturating_sub(before.sampled_by_error),
            sampled_by_slowness: self.sampled_by_slowness.saturating_sub(before.sampled_by_slowness),
        }
    }
}
