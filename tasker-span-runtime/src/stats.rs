//! Counts of what happened to this process's spans, and of what was lost.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::namespace_stats;

macro_rules! counters {
    ($($(#[doc = $doc:literal])* $counter:ident $field:ident,)*) => {
        $(pub(crate) static $counter: Counter = Counter(AtomicU64::new(0));)*

        /// A snapshot of the counts since the process began; see [`stats`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[doc = $doc])* pub $field: u64,)*
            /// Executions of steps that [sampling](crate::Sampling) kept: the sum of [`namespace_stats`](crate::namespace_stats()),
            /// which says what is counted.
            pub steps_kept: u64,
            /// Executions of steps that sampling dropped, whether or not an error had them exported after all.
            pub steps_dropped: u64,
        }

        /// The counts since the process began.
        ///
        /// ```
        /// let before = tasker_span_runtime::stats();
        /// assert_eq!(before.hierarchy_violations, 0);
        /// ```
        pub fn stats() -> Stats {
            let steps = namespace_stats::total();
            Stats {
                $($field: $counter.get(),)*
                steps_kept: steps.kept,
                steps_dropped: steps.dropped,
            }
        }

        /// The counts that have no attributes, with their names and what they count.
        #[cfg(feature = "metrics")]
        pub(crate) static COUNTERS: &[(&str, &str, &Counter)] =
            &[$((stringify!($field), concat!($($doc),*), &$counter),)*];
    };
}

/// A count that only grows.
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add_one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

counters! {
    /// Spans that were exported for their error, or for one inside of them, although sampling had dropped them.
    SPANS_KEPT_BY_ERROR spans_kept_by_error,
    /// Spans started by the macros and the block form.
    SPANS_STARTED spans_started,
    /// Root spans emitted by a task's terminal transition.
    ROOTS_EMITTED roots_emitted,
    /// Spans ended as errors: by an `Err`, a failed outcome or a panic.
    SPANS_FAILED spans_failed,
    /// Futures dropped before their end.
    SPANS_CANCELLED spans_cancelled,
    /// Spans that stood where the catalogue does not allow them.
    HIERARCHY_VIOLATIONS hierarchy_violations,
    /// Required attributes that neither an argument, nor the enclosing scope, nor the memory of identities had.
    MISSING_ATTRIBUTES missing_attributes,
    /// `late` attributes that were not recorded before a span succeeded.
    LATE_NEVER_RECORDED late_never_recorded,
    /// Ids that were the nil UUID.
    NIL_UUIDS nil_uuids,
    /// Panics of the program's own code that a span had called: of a `Display`, of a source of attributes, of `failed = …`, of
    /// `late(… = …)`, of a layer, of a span processor.
    PANICS_CAUGHT panics_caught,
    /// Required attributes found in the memory of identities, because a spawn or a channel had lost the scope.
    RECALLED_ATTRIBUTES recalled_attributes,
    /// Attempts recorded in place of a worker that was lost.
    LOST_ATTEMPTS lost_attempts,
    /// Links that a span had beyond the 128th.
    LINKS_DROPPED links_dropped,
    /// Sampled spans that ended: those before the shutdown were handed to the export pipeline.
    SPANS_ENDED spans_ended,
    /// Spans that a collector accepted.
    SPANS_EXPORTED spans_exported,
    /// Spans that an export lost: refused, timed out, or unreachable.
    SPANS_EXPORT_FAILED spans_export_failed,
    /// Spans that the full queue in front of the exporter refused.
    SPANS_REFUSED spans_refused,
    /// Spans that ended while nothing was exported yet.
    SPANS_NOT_EXPORTED spans_not_exported,
    /// Messages whose `traceparent` was not valid: they are processed without a link to their sender.
    CARRIERS_REJECTED carriers_rejected,
    /// `tracestate` headers that were left out: broken, or too long as a whole.
    TRACESTATES_REJECTED tracestates_rejected,
    /// Reloads of the configuration file that succeeded, asked for or by watching it.
    CONFIG_RELOADS config_reloads,
    /// Reloads that found something wrong: the rates stayed as they were.
    CONFIG_RELOADS_REJECTED config_reloads_rejected,
}
