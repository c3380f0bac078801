//! Records of the `log` crate on their way into the installed subscriber. What their events are is in `subscriber::log_record`.

use crate::setup::builder::TelemetryBuilder;

impl TelemetryBuilder {
    /// Leaves records of the `log` crate alone. By default, and with the feature `tracing-log`, [`install`](Self::install) sets
    /// the logger of the process: records are lines of the console, and events of the spans that they are written in, by
    /// the same filters as events of `tracing`. A logger that is there already stays, with a warning.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().ignore_log_records().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ignore_log_records(mut self) -> Self {
        self.log_records = false;
        self
    }
}

/// Makes events of all records from here on.
///
/// # Errors
///
/// The program has a logger already, which gets the records instead.
#[cfg(feature = "tracing-log")]
pub(super) fn bridge() -> Result<(), impl std::fmt::Display> {
    tracing_log::LogTracer::init()
}

/// Without the feature, records are left alone.
#[cfg(not(feature = "tracing-log"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
pub(super) fn bridge() -> Result<(), std::convert::Infallible> {
    Ok(())
}
