//! `Stats`: counts of this process's spans, as a snapshot. The counters themselves never decrease.

#[cfg(feature = "metrics")]
pub(crate) mod metrics;

pub(crate) use crate::counter::Counter;
use crate::identity::cache;
use crate::sampled_by::SampledBy;
use crate::sampling::{self, NamespaceStats};
use std::collections::BTreeMap;

macro_rules! counters {
    (
        $($(#[doc = $doc:literal])* $counter:ident $field:ident,)*
        @elsewhere $($(#[doc = $other_doc:literal])* $other:path => $other_field:ident,)*
    ) => {
        $(pub(crate) static $counter: Counter = Counter::new();)*

        /// A snapshot of the counts; see [`stats`]. [`Telemetry::shutdown`](crate::Telemetry::shutdown) returns the counts
        /// since the telemetry was built.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[doc = $doc])* pub $field: u64,)*
            $($(#[doc = $other_doc])* pub $other_field: u64,)*
            /// Executions of steps that [sampling](crate::Sampling) sampled: the sum of [`namespaces`](Self::namespaces). Nothing
            /// is decided, and so nothing counted, while all rates are 1.
            pub steps_sampled: u64,
            /// Executions of steps that sampling did not sample, even if an error or slowness had them exported.
            pub steps_unsampled: u64,
            /// The executions of each namespace's steps. Each attempt is counted by the process that executes it, from the
            /// first rate below 1 on: before, nothing is decided.
            ///
            /// The key `None` counts steps without a namespace. Only 1,024 namespaces without a rate of their own are
            /// counted by name, because names are input and memory is bounded; `None` counts the others too.
            pub namespaces: BTreeMap<Option<&'static str>, NamespaceStats>,
        }

        /// The counts since the process started.
        ///
        /// ```
        /// let before = tasker_span_runtime::stats();
        /// assert_eq!(before.hierarchy_violations, 0);
        /// ```
        pub fn stats() -> Stats {
            // Struct fields are read in this order, so that no span counts as exported before it counts as ended.
            let mut stats = Stats { $($field: $counter.get(),)* $($other_field: $other(),)* ..Stats::default() };
            if sampling::is_active() {
                stats.namespaces = sampling::namespace_stats().collect();
            }
            stats.steps_sampled = stats.namespaces.values().map(|counts| counts.sampled).sum();
            stats.steps_unsampled = stats.namespaces.values().map(|counts| counts.unsampled).sum();
            stats
        }

        impl Stats {
            /// The counts between two snapshots. Namespaces that counted nothing in between are left out.
            ///
            /// ```
            /// use tasker_span_runtime::{Stats, stats};
            ///
            /// let before = stats();
            /// assert_eq!(stats().since(&before), Stats::default());
            /// ```
            #[must_use]
            pub fn since(&self, before: &Self) -> Self {
                let namespaces = self.namespaces.iter().map(|(name, counts)| {
                    (*name, counts.since(before.namespaces.get(name).copied().unwrap_or_default()))
                });
                Self {
                    $($field: self.$field.saturating_sub(before.$field),)*
                    $($other_field: self.$other_field.saturating_sub(before.$other_field),)*
                    steps_sampled: self.steps_sampled.saturating_sub(before.steps_sampled),
                    steps_unsampled: self.steps_unsampled.saturating_sub(before.steps_unsampled),
                    namespaces: namespaces.filter(|(_, counts)| *counts != NamespaceStats::default()).collect(),
                }
            }
        }

        /// The counts that have no attributes, with their names and descriptions.
        #[cfg(feature = "metrics")]
        pub(crate) static COUNTERS: &[(&str, &str, fn() -> u64)] = &[
            $((stringify!($field), concat!($($doc),*), || $counter.get()),)*
            $((stringify!($other_field), concat!($($other_doc),*), $other),)*
        ];
    };
}

impl Stats {
    /// Sampled spans that are not exported although an exporter was set up: a full queue refused them
    /// ([`spans_refused`](Self::spans_refused)), their export failed ([`spans_export_failed`](Self::spans_export_failed)), the
    /// collector rejected them ([`spans_rejected`](Self::spans_rejected)), or they ended after the shutdown
    /// ([`spans_after_shutdown`](Self::spans_after_shutdown)). Spans without a fate are in [`pending`](Self::pending).
    ///
    /// ```
    /// assert_eq!(tasker_span_runtime::Stats::default().lost(), 0);
    /// ```
    pub fn lost(&self) -> u64 {
        self.spans_refused + self.spans_export_failed + self.spans_rejected + self.spans_after_shutdown
    }

    /// Spans that have ended and have no fate yet: they are queued, or being sent. After a shutdown whose deadline has passed,
    /// they may still arrive while the process runs.
    ///
    /// A provider of the program's own tells the fate of its spans by a
    /// [`CountingProcessor`](crate::otel::CountingProcessor). Without it, they are all pending.
    ///
    /// ```
    /// assert_eq!(tasker_span_runtime::Stats::default().pending(), 0);
    /// ```
    pub fn pending(&self) -> u64 {
        let fates = self.spans_exported + self.spans_not_exported + self.lost();
        self.spans_ended.saturating_sub(fates)
    }
}

counters! {
    /// Unsampled spans that were exported for an error, their own or a descendant's.
    SPANS_SAMPLED_BY_ERROR spans_sampled_by_error,
    /// Unsampled spans that were exported because they, or spans that they enclose, were slow.
    SPANS_SAMPLED_BY_SLOWNESS spans_sampled_by_slowness,
    /// Sampled spans that the macros and the block form started.
    SPANS_STARTED spans_started,
    /// Root spans emitted by a task's terminal transition.
    ROOTS_EMITTED roots_emitted,
    /// Spans ended as errors: by an `Err`, a failed outcome or a panic. An emitted root is not among them.
    SPANS_FAILED spans_failed,
    /// Futures that were dropped before their end.
    SPANS_CANCELLED spans_cancelled,
    /// Spans whose parent the catalogue does not allow.
    HIERARCHY_VIOLATIONS hierarchy_violations,
    /// Spans whose work belongs to a transition that was not seen in this process: they have `tasker.transition_unseen`.
    TRANSITIONS_UNSEEN transitions_unseen,
    /// Required attributes that neither an argument, an enclosing span nor the identity cache had.
    MISSING_ATTRIBUTES missing_attributes,
    /// `late` attributes that were not recorded before a span succeeded.
    LATE_NEVER_RECORDED late_never_recorded,
    /// Ids that were the nil UUID.
    NIL_UUIDS nil_uuids,
    /// Ids and namespaces of spans that contradict an earlier span of the same task or step.
    IDENTITY_CONFLICTS identity_conflicts,
    /// Attempt numbers and continuations below 1 or above 1,000,000, and generations below 0 or above 4,294,967,295: the
    /// executions have no derived id.
    ATTEMPTS_OUT_OF_RANGE attempts_out_of_range,
    /// Executions of attempts that this process had executed before, or was executing, under the same generation and
    /// continuation: after a redelivery, or a reset without a `generation`. They have random ids.
    ATTEMPTS_REPEATED attempts_repeated,
    /// Starts of tasks and lost attempts more than ten years ago or in the future.
    STARTS_NOT_BELIEVED starts_not_believed,
    /// Panics of the program's own code that a span called: in a `Display`, a source of attributes, `failed = …`,
    /// `late(… = …)`, a layer, a span processor or a `Redact` hook.
    PANICS_CAUGHT panics_caught,
    /// Values that were omitted because the program's [`Redact`](crate::redact::Redact) hook panicked about them.
    VALUES_LOST_IN_REDACTION values_lost_in_redaction,
    /// Required attributes found in the identity cache, because a spawn or a channel had lost the enclosing span.
    IDENTITY_CACHE_HITS identity_cache_hits,
    /// Attempts recorded in place of a worker that was lost.
    LOST_ATTEMPTS lost_attempts,
    /// Transitions recorded that no code ran, by [`record_transition`](crate::record_transition).
    TRANSITIONS_RECORDED transitions_recorded,
    /// Durations that were recorded without their attributes, with `otel.metric.overflow`: their histogram had 1,999 other
    /// combinations of them, or there was no room for a name. See `otel::register_metrics`.
    DURATIONS_OVER_LIMIT durations_over_limit,
    /// Markers of work that runs, `step.running` and `task.running`.
    RUNNING_MARKERS running_markers,
    /// Tasks and steps that were too many to be marked or listed as open work: more than 32,768 steps or 16,384 tasks were open.
    OPEN_WORK_REFUSED open_work_refused,
    /// Links of a span beyond its 128th.
    LINKS_OVER_LIMIT links_over_limit,
    /// Spans that ended without an exporter: before one was set up, or all of them with `OTEL_TRACES_EXPORTER=none`. And those
    /// that a provider of the program's own did not take, because it is shut down.
    SPANS_NOT_EXPORTED spans_not_exported,
    /// Spans whose export failed: the collector refused it, was unreachable or did not answer in time.
    SPANS_EXPORT_FAILED spans_export_failed,
    /// Spans that a collector rejected, out of a batch that it accepted.
    SPANS_REJECTED spans_rejected,
    /// Spans that a full queue refused.
    SPANS_REFUSED spans_refused,
    /// Spans that ended after the shutdown.
    SPANS_AFTER_SHUTDOWN spans_after_shutdown,
    /// Spans that started where no subscriber had the layer of this crate: they are not recorded. They are counted while a
    /// [`Telemetry`](crate::Telemetry) waits for the first span in its layer, and under a `tracing-opentelemetry` layer
    /// without ours.
    SPANS_WITHOUT_LAYER spans_without_layer,
    /// Spans that were exported under ids that other processes do not compute, because the provider of the program's own
    /// lacks [`IdGenerator`](crate::otel::IdGenerator): their tasks are no trees.
    SPANS_WITH_OTHER_IDS spans_with_other_ids,
    /// Spans that a collector accepted.
    SPANS_EXPORTED spans_exported,
    /// Spans that ended and were to be exported: of this crate, and those of other code under `Telemetry`, or a
    /// `CountingProcessor` of a provider of the program's own.
    SPANS_ENDED spans_ended,
    /// Messages whose `traceparent` was not valid: their spans have no link to the sender.
    TRACE_CONTEXTS_IGNORED trace_contexts_ignored,
    /// `tracestate` headers that were ignored: not valid, or too long.
    TRACESTATES_IGNORED tracestates_ignored,
    /// Members `tasker` of a `tracestate` that were ignored: not valid, or about another task than the trace.
    TRACESTATE_MEMBERS_IGNORED tracestate_members_ignored,
    /// Reloads of the configuration file that succeeded, called or by watching it.
    CONFIG_RELOADS config_reloads,
    /// Reloads that found a mistake: the rates stayed as they were.
    CONFIG_RELOADS_FAILED config_reloads_failed,
    @elsewhere
    /// Tasks, steps and recorded transitions whose claims of derived ids are evicted, because some 60,000 others came after
    /// them, or 30,000 transitions. A second span may get the same id.
    cache::claims_evicted => claims_evicted,
}

/// Counts an unsampled span that is exported after all.
pub(crate) fn count_sampled_by(by: SampledBy) {
    match by {
        SampledBy::Error => SPANS_SAMPLED_BY_ERROR.add_one(),
        SampledBy::Slow => SPANS_SAMPLED_BY_SLOWNESS.add_one(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_subtracts_every_count_and_leaves_out_idle_namespaces() {
        let counts = |sampled| NamespaceStats {
            sampled,
            ..NamespaceStats::default()
        };
        let before = Stats {
            spans_ended: 10,
            spans_exported: 10,
            steps_sampled: 5,
            namespaces: BTreeMap::from([(Some("idle"), counts(2)), (Some("payments"), counts(3))]),
            ..Stats::default()
        };
        let now = Stats {
            spans_ended: 20,
            spans_exported: 14,
            spans_export_failed: 2,
            spans_not_exported: 1,
            steps_sampled: 9,
            namespaces: BTreeMap::from([
                (None, counts(1)),
                (Some("idle"), counts(2)),
                (Some("payments"), counts(6)),
            ]),
            ..Stats::default()
        };
        let stats = now.since(&before);
        let expected = Stats {
            spans_ended: 10,
            spans_exported: 4,
            spans_export_failed: 2,
            spans_not_exported: 1,
            steps_sampled: 4,
            namespaces: BTreeMap::from([(None, counts(1)), (Some("payments"), counts(3))]),
            ..Stats::default()
        };
        assert_eq!(stats, expected);
        assert_eq!((stats.lost(), stats.pending()), (2, 3));
    }
}
