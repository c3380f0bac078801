//! What became of each namespace's steps.

use std::collections::BTreeMap;

use crate::sampling;

/// What [sampling](crate::Sampling) made of the executions of one namespace's steps; see [`namespace_stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamespaceStats {
    /// Executions that the rate kept.
    pub kept: u64,
    /// Executions that the rate dropped, or that were dropped with their task.
    pub dropped: u64,
    /// Of the dropped, those that were exported for an error in them.
    pub kept_by_error: u64,
}

/// The counts of each namespace since the process began. Under `None` are steps without a namespace, and those of the
/// namespaces beyond the first 1,024 that no rate was given to: names come from outside, and memory is bounded.
///
/// Each attempt is counted by the process that executes it, from the first rate below 1 on: before, nothing is decided.
///
/// ```
/// let payments = tasker_span_runtime::namespace_stats().get(&Some("payments")).copied().unwrap_or_default();
/// assert_eq!((payments.kept, payments.dropped, payments.kept_by_error), (0, 0, 0));
/// ```
pub fn namespace_stats() -> BTreeMap<Option<&'static str>, NamespaceStats> {
    if !sampling::is_active() {
        return BTreeMap::new();
    }
    let counted = sampling::counted().map(|(name, counted)| {
        let stats = NamespaceStats {
            kept: counted.kept,
            dropped: counted.dropped,
            kept_by_error: counted.kept_by_error,
        };
        (name, stats)
    });
    counted.collect()
}

/// The counts of all namespaces together.
pub(crate) fn total() -> NamespaceStats {
    if !sampling::is_active() {
        return NamespaceStats::default();
    }
    sampling::counted().fold(NamespaceStats::default(), |total, (_, counted)| NamespaceStats {
        kept: total.kept + counted.kept,
        dropped: total.dropped + counted.dropped,
        kept_by_error: total.kept_by_error + counted.kept_by_error,
    })
}
