//! What happens when telemetry starts, and when its export does.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::Level;

use super::{Parts, Telemetry};
use crate::error::Error;
use crate::setup::batch::Batch;
use crate::setup::destination::Destination;
use crate::setup::env::Environment;
use crate::setup::exporter::exporter;
use crate::setup::options::ExportOptions;
use crate::setup::warnings::Warnings;
use crate::setup::watch::Watch;
use crate::span::await_layer;

impl Telemetry {
    /// Logs the warnings, and one line with the settings.
    pub(in crate::setup) fn log_start(&self, warnings: Warnings) {
        self.log_when_heard(warnings, self.settings().to_string());
    }

    /// Logs the warnings and the line: now, or, if no subscriber is there yet, when the first span has ended.
    fn log_when_heard(&self, warnings: Warnings, line: String) {
        let mut all = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(warnings.messages());
        // A subscriber may read the settings.
        drop(all);
        let log_settings = self.parts.log_settings;
        let log = move || {
            warnings.log();
            if log_settings {
                tracing::info!(target: "tasker_span", "{line}");
            }
        };
        if tracing::enabled!(target: "tasker_span", Level::WARN) {
            log();
        } else {
            self.parts.pipeline.before_spans(log);
        }
    }

    /// Applies the sampling rates, and watches the configuration file at this interval.
    pub(in crate::setup) fn begin(&mut self, watch_config: Option<Duration>) -> Result<(), Error> {
        if self.parts.disabled {
            return Ok(());
        }
        self.parts.sampling.apply()?;
        await_layer();
        if let Some(interval) = watch_config {
            self.watch = Some(Watch::start(self.sampling(), interval)?);
        }
        Ok(())
    }

    /// Starts to export, after [`console_only`](crate::TelemetryBuilder::console_only). Spans that ended before are not exported.
    /// Open spans will be.
    ///
    /// # Errors
    ///
    /// A setting is wrong, the exporter cannot be built, or the telemetry already exports or is shut down.
    pub fn start_export(&self, options: ExportOptions) -> Result<(), Error> {
        if self.is_shut_down.load(Ordering::Acquire) {
            return Err(Error::shut_down());
        }
        let mut warnings = Warnings::default();
        self.start_export_in(options, Environment::process(), &mut warnings)?;
        if !self.parts.disabled {
            self.log_when_heard(warnings, self.settings().destination().to_string());
        }
        Ok(())
    }

    pub(in crate::setup) fn start_export_in(
        &self,
        mut options: ExportOptions,
        env: Environment<'_>,
        warnings: &mut Warnings,
    ) -> Result<(), Error> {
        // A program whose telemetry is in the way starts without it, whatever else is set.
        if self.parts.disabled {
            return Ok(());
        }
        options.configured_endpoint.clone_from(&self.parts.endpoint);
        let (destination, batch) = (Destination::resolve(options, env, warnings)?, Batch::resolve(env)?);
        let Parts { pipeline, resource, .. } = &self.parts;
        pipeline.start(|| exporter(&destination, batch, pipeline, resource))?;
        // Only the first export starts.
        let _ = self
            .export_settings
            .set([&*destination.settings(env), &batch.settings(env)].concat());
        Ok(())
    }
}
