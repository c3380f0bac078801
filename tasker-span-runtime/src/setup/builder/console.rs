//! The lines on standard error.

use super::TelemetryBuilder;
use crate::setup::console::Console;

impl TelemetryBuilder {
    /// The format of log lines on standard error. Applies to [`install`](Self::install) only.
    pub fn console(mut self, console: Console) -> Self {
        self.console = console;
        self
    }

    /// The levels of the console of [`install`](Self::install), for all targets or by target: `info,my_crate=debug`. `info`
    /// by default.
    ///
    /// The exporter's own crates (`hyper`, `h2`, `tonic`, …) show warnings only, unless they are named here.
    /// `opentelemetry_sdk=off` leaves out its error for each failed batch.
    pub fn log_filter(mut self, levels: impl Into<String>) -> Self {
        self.log_filter = levels.into();
        self
    }

    /// Leaves the [unsampled](Self::sampling) spans out of the lines of [`install`](Self::install)'s console: their names, attributes and ids. By default
    /// a line shows them as if they were sampled.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().log_sampled_only().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_sampled_only(mut self) -> Self {
        self.log_sampled_only = true;
        self
    }

    /// Has the console of [`install`](Self::install) follow the sampling of spans: inside a span that is not sampled, only
    /// warnings and errors are lines. See [`SamplingFilter`](crate::SamplingFilter), which does it for layers of the program.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().log_filter_by_sampling().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_filter_by_sampling(mut self) -> Self {
        self.log_filter_by_sampling = true;
        self
    }

    /// Leaves out the line at the start that tells the effective settings. [`Telemetry::settings`](crate::Telemetry::settings)
    /// still has them.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().without_settings_line().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn without_settings_line(mut self) -> Self {
        self.log_settings = false;
        self
    }
}
