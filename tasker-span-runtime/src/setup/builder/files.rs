//! The configuration files.

use std::path::PathBuf;
use std::time::Duration;

use super::TelemetryBuilder;
use crate::setup::config::Presence;

impl TelemetryBuilder {
    #[doc = include_str!("../../docs/config_file.md")]
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_files.push(path.into(), Presence::Required);
        self
    }

    /// As [`config_file`](Self::config_file), for a file that need not exist, such as that of an environment or of one host.
    /// An absent file is as an empty one, also when [it is read again](Self::watch_config).
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let base = std::env::temp_dir().join(format!("tasker-span-base-{}.toml", std::process::id()));
    /// std::fs::write(&base, "[telemetry.tracing]\nsample_rate = 1.0\n")?;
    /// let telemetry = Telemetry::builder()
    ///     .config_file(&base)
    ///     .config_file_if_exists("config/tasker/environments/nowhere/common.toml")
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # std::fs::remove_file(&base)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn config_file_if_exists(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_files.push(path.into(), Presence::Optional);
        self
    }

    /// Reads the [configuration files](Self::config_file) once in every `interval`, and applies their rates if one has changed
    /// and two readings are the same. A thread does it until the shutdown of the telemetry.
    ///
    /// A wrong file changes nothing: the error is logged as a warning, counted in [`stats`](crate::stats()), and returned by
    /// [`SamplingHandle::last_reload_error`](crate::SamplingHandle::last_reload_error). Changes of `[telemetry]` itself apply
    /// at the next start.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder()
    ///     .config_file("config/telemetry.toml")
    ///     .watch_config(Duration::from_secs(5))
    ///     .install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_config(mut self, interval: Duration) -> Self {
        self.watch_config = Some(interval);
        self
    }
}
