//! What became of the spans.

use crate::namespace_stats;
use crate::stats::{SPANS_ENDED, SPANS_EXPORT_FAILED, SPANS_EXPORTED, SPANS_KEPT_BY_ERROR, SPANS_NOT_EXPORTED};

/// What became of the spans of a [`Telemetry`](crate::Telemetry), by the time of its shutdown.
///
/// The counts are the process's since the telemetry was built: two at the same time count together.
///
/// ```
/// use std::time::Duration;
/// use tasker_span_runtime::Telemetry;
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder().console_only().build()?;
/// let report = telemetry.shutdown(Duration::from_secs(1))?;
/// assert_eq!((report.ended, report.exported, report.lost()), (0, 0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportReport {
    /// Sampled spans that ended.
    pub ended: u64,
    /// Spans that the collector took.
    pub exported: u64,
    /// Spans of requests that failed.
    pub failed: u64,
    /// Spans that ended while there was no exporter: before [`start_export`](crate::Telemetry::start_export), or for ever
    /// where `OTEL_TRACES_EXPORTER` is `none`.
    pub not_exported: u64,
    /// Executions of steps that [sampling](crate::Sampling) kept, as [`Stats::steps_kept`](crate::Stats::steps_kept) has them.
    pub steps_kept: u64,
    /// Executions of steps that sampling dropped: they were never to be exported, and are not lost.
    pub steps_dropped: u64,
    /// Spans of what was dropped that were exported for an error.
    pub kept_by_error: u64,
}

impl ExportReport {
    pub(super) fn of_process() -> Self {
        // In the reverse order of their growth, so that no span is exported that has not ended.
        let (not_exported, failed, exported) = (
            SPANS_NOT_EXPORTED.get(),
            SPANS_EXPORT_FAILED.get(),
            SPANS_EXPORTED.get(),
        );
        let steps = namespace_stats::total();
        Self {
            ended: SPANS_ENDED.get(),
            exported,
            failed,
            not_exported,
            steps_kept: steps.kept,
            steps_dropped: steps.dropped,
            kept_by_error: SPANS_KEPT_BY_ERROR.get(),
        }
    }

    pub(super) fn since(self, before: Self) -> Self {
        Self {
            ended: self.ended - before.ended,
            exported: self.exported - before.exported,
            failed: self.failed - before.failed,
            not_exported: self.not_exported - before.not_exported,
            steps_kept: self.steps_kept - before.steps_kept,
            steps_dropped: self.steps_dropped - before.steps_dropped,
            kept_by_error: self.kept_by_error - before.kept_by_error,
        }
    }

    /// Spans that the full queue refused, that were still in it when the deadline passed, or that ended after the shutdown.
    pub fn dropped(&self) -> u64 {
        self.ended
            .saturating_sub(self.exported + self.failed + self.not_exported)
    }

    /// Spans that were to be exported and are not.
    pub fn lost(&self) -> u64 {
        self.failed + self.dropped()
    }

    pub(super) fn log(&self) {
        let Self {
            ended,
            exported,
            failed,
            not_exported,
            steps_kept,
            steps_dropped,
            kept_by_error,
        } = *self;
        let dropped = self.dropped();
        if self.lost() > 0 {
            tracing::warn!(
                ended,
                exported,
                failed,
                dropped,
                not_exported,
                steps_kept,
                steps_dropped,
                kept_by_error,
                "telemetry was shut down, and spans were lost"
            );
        } else {
            tracing::debug!(
                ended,
                exported,
                not_exported,
                steps_kept,
                steps_dropped,
                kept_by_error,
                "telemetry was shut down"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_accounted_for() {
        let before = ExportReport {
            ended: 10,
            exported: 10,
            ..ExportReport::default()
        };
        let now = ExportReport {
            ended: 20,
            exported: 14,
            failed: 2,
            not_exported: 1,
            steps_kept: 3,
            steps_dropped: 40,
            kept_by_error: 2,
        };
        let report = now.since(before);
        assert_eq!(
            report,
            ExportReport {
                ended: 10,
                exported: 4,
                failed: 2,
                not_exported: 1,
                steps_kept: 3,
                steps_dropped: 40,
                kept_by_error: 2,
            }
        );
        assert_eq!((report.dropped(), report.lost()), (3, 5));
    }
}
