//! The flush, the shutdown, and the counts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Telemetry;
use crate::catalogue::copies;
use crate::error::Error;
use crate::outcome::caught;
use crate::record::is_delivering;
use crate::span::{cancel_detached, note_end};
use crate::stats::{Stats, stats};

/// How long a drop may keep the program waiting.
const DROP_DEADLINE: Duration = Duration::from_secs(2);

impl Telemetry {
    /// Exports every span that has ended. Blocks for `deadline` at most, whatever the collector and span processors do. Several
    /// callers at once get the same answer. In an asynchronous program, call it in `spawn_blocking`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().console_only().build()?;
    /// telemetry.flush(Duration::from_secs(5))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The deadline passed, the collector did not accept the spans, the telemetry is shut down, the system gave no thread for
    /// the export, the process was forked after it had started, or a span processor is the caller.
    pub fn flush(&self, deadline: Duration) -> Result<(), Error> {
        self.parts.pipeline.flush(deadline)
    }

    /// Exports the remaining spans, those of open [detached spans](crate::DetachedSpan) as cancelled, stops, and returns the counts since the telemetry was built: check
    /// [`Stats::lost`]. In an asynchronous program, call it in `spawn_blocking`. Blocks for `deadline` at most, whatever the
    /// collector does. Losses are logged as one warning.
    ///
    /// Every later or concurrent call waits for the first one, within its own deadline, and gets the same answer. Spans that
    /// end later count as lost.
    ///
    /// # Errors
    ///
    /// The deadline passed and spans may be lost, the exporter failed to stop, or the reasons of [`flush`](Self::flush). Then
    /// [`stats`](Self::stats) has the counts. A deadline that is shorter than the timeout of an export, 10 seconds by default,
    /// may pass before a batch is given up.
    pub fn shutdown(&self, deadline: Duration) -> Result<Stats, Error> {
        // A span processor would wait for itself.
        if is_delivering() {
            return self.parts.pipeline.shutdown(deadline).map(|()| self.stats());
        }
        let is_first = !self.is_shut_down.swap(true, Ordering::AcqRel);
        if is_first {
            if let Some(watch) = &self.watch {
                watch.stop();
            }
            cancel_detached(&self.parts.recorder);
        }
        let result = self.parts.pipeline.shutdown(deadline);
        let stats = self.stats();
        if is_first {
            if !self.parts.disabled {
                note_end(self.before.spans_without_layer);
            }
            copies::report();
            caught(|| match &result {
                Err(error) if self.parts.pipeline.queue().is_forked() => log_forked(error),
                result => log_shutdown(&stats, result.is_ok()),
            });
        }
        result.map(|()| stats)
    }

    /// The counts since this telemetry was built: those of [`shutdown`](Self::shutdown) too, if that returns an error.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.stats().lost() + telemetry.stats().pending(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        stats().since(&self.before)
    }
}

/// The counts are those of the parent, and what this process has added to them.
fn log_forked(error: &Error) {
    tracing::warn!(target: "tasker_span", %error, "the spans of this process are not exported");
}

fn log_shutdown(stats: &Stats, has_ended: bool) {
    let (ended, exported, not_exported) = (stats.spans_ended, stats.spans_exported, stats.spans_not_exported);
    if stats.lost() + stats.pending() == 0 {
        tracing::debug!(target: "tasker_span", ended, exported, not_exported, "telemetry was shut down");
        return;
    }
    let (refused, failed, rejected) = (stats.spans_refused, stats.spans_export_failed, stats.spans_rejected);
    let (after_shutdown, pending) = (stats.spans_after_shutdown, stats.pending());
    let what = if has_ended {
        "telemetry was shut down and not all spans were exported"
    } else {
        "the deadline of the shutdown has passed and not all spans are exported"
    };
    let advice = if refused > 0 {
        "check the collector and the size of the queue"
    } else {
        "check the collector"
    };
    tracing::warn!(
        target: "tasker_span",
        ended, exported, not_exported, refused, failed, rejected, after_shutdown, pending,
        "{what}; {advice}"
    );
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if is_delivering() {
            // The thread ends when the processor that drops the handle has returned.
            self.parts.pipeline.request_shutdown();
        } else if !self.is_shut_down.load(Ordering::Acquire) {
            // The counts are logged; a destructor cannot return the error.
            let _ = self.shutdown(DROP_DEADLINE);
        }
    }
}
