//! `TelemetryBuilder::settings`: what a program would start with, without a start.

use crate::error::Error;
use crate::setup::assemble::Resolved;
use crate::setup::builder::TelemetryBuilder;
use crate::setup::destination::{endpoint_setting, given_endpoint};
use crate::setup::endpoint::Endpoint;
use crate::setup::env::Environment;
use crate::setup::settings::Settings;
use crate::setup::warnings::Warnings;

impl TelemetryBuilder {
    /// Resolves the settings of the program and starts nothing: for a check of a configuration file before its deployment, as
    /// the command `tasker-span config` does.
    ///
    /// They are those of [`Telemetry::settings`](crate::Telemetry::settings), without the tables of the export, which depend on
    /// the features of the program. Of the export they have the endpoint, if one is set.
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tasker_span_runtime::ignore_environment();
    /// # let path = std::env::temp_dir().join(format!("tasker-span-resolve-{}.toml", std::process::id()));
    /// std::fs::write(&path, "[telemetry.tracing.steps.namespaces]\npayments = 0.5")?;
    /// let settings = Telemetry::builder().config_file(&path).settings()?;
    /// let payments = settings.get("telemetry.tracing.steps.namespaces.payments").expect("the file has it");
    /// assert_eq!(payments.value(), "0.5");
    /// assert_eq!(payments.source().to_string(), format!("{}:2", path.display()));
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A setting is wrong: [`Error::is_invalid_configuration`].
    pub fn settings(&self) -> Result<Settings, Error> {
        self.settings_in(Environment::process())
    }

    pub(super) fn settings_in(&self, env: Environment<'_>) -> Result<Settings, Error> {
        let mut warnings = Warnings::default();
        let Resolved {
            sampling,
            config,
            enabled,
            mut settings,
            ..
        } = self.resolve(env, &mut warnings)?;
        // Resolved, and not effective: the rates of this process stay as they are.
        settings.extend(sampling.resolved());
        let endpoint = given_endpoint(config.exporter_endpoint, self.export.endpoint.clone(), env)?;
        if let Some(endpoint) = endpoint.filter(|_| enabled) {
            let checked = Endpoint::parse(&endpoint)?;
            settings.push(endpoint_setting(&checked, (&endpoint.origin).into()));
        }
        Ok(Settings::new(settings, warnings.messages().to_vec()))
    }
}
