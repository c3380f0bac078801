//! `Settings`: the effective settings of a program, each with its source. They are resolved elsewhere in `setup`.

mod key;
mod line;
#[cfg(feature = "serde")]
mod serialize;
mod source;
#[cfg(test)]
mod tests;
mod value;

pub(super) use key::Key;
pub use source::SettingSource;
pub(super) use value::{Value, rate, text};

use std::fmt;

/// The effective settings of a [`Telemetry`](crate::Telemetry), each with its source: for a log line, or for an endpoint
/// that shows the configuration of a program. From [`Telemetry::settings`](crate::Telemetry::settings).
///
/// They have the keys of the [configuration file](crate::TelemetryBuilder::config_file). What the file has no key for is in
/// the tables `telemetry.export`, `telemetry.limits` and `telemetry.resource`.
///
/// No secret is in it: of headers only the names, of an endpoint neither credentials nor a query, and of the resource only
/// the service and the deployment.
///
/// # One line
///
/// `Display` has the most important settings, with the sources of those that are not defaults. It is what
/// [`install`](crate::TelemetryBuilder::install) logs, and [`build`](crate::TelemetryBuilder::build) too: if no subscriber is
/// there yet, when the first span has ended.
///
/// # Serde
///
/// With the feature `serde` it serialises as the content of `[telemetry]`, where each key has its value and its source. A
/// handler of `/config` returns it as it is, here as the body of an `axum::Json`:
///
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tasker_span_runtime::ignore_environment();
/// use tasker_span_runtime::{Sampling, Telemetry};
///
/// # let path = std::env::temp_dir().join(format!("tasker-span-settings-{}.toml", std::process::id()));
/// std::fs::write(&path, "[telemetry.tracing.steps]\nsample_rate = 0.1")?;
/// let telemetry = Telemetry::builder()
///     .service_name("tasker-worker")
///     .config_file(&path)
///     .console_only()
///     .build()?;
///
/// // async fn config(State(telemetry): State<Arc<Telemetry>>) -> Json<Value>
/// let body = serde_json::json!({ "telemetry": telemetry.settings() });
/// let telemetry = &body["telemetry"];
/// assert_eq!(
///     telemetry["service_name"],
///     serde_json::json!({ "value": "tasker-worker", "source": "builder", "at": "service_name" }),
/// );
/// let steps = &telemetry["tracing"]["steps"];
/// assert_eq!(steps["sample_rate"]["value"], 0.1);
/// assert_eq!(steps["sample_rate"]["at"], format!("{}:2", path.display()));
/// assert_eq!(steps["keep_errors"], serde_json::json!({ "value": true, "source": "default" }));
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "serde"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// In the order of their keys.
    effective: Vec<EffectiveSetting>,
    warnings: Vec<String>,
}

/// An effective setting: a key, its value and the source of the value.
///
/// ```
/// use tasker_span_runtime::{Sampling, SettingSource, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// # tasker_span_runtime::ignore_environment();
/// let telemetry = Telemetry::builder().console_only().build()?;
/// telemetry.sampling().set(Sampling::new().step_rate(0.5))?;
///
/// let settings = telemetry.settings();
/// let steps = settings.get("telemetry.tracing.steps.sample_rate").expect("it always has a value");
/// assert_eq!(steps.key(), "telemetry.tracing.steps.sample_rate");
/// assert_eq!(steps.value(), "0.5");
/// assert_eq!(*steps.source(), SettingSource::Handle);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveSetting {
    key: Key,
    value: Value,
    source: SettingSource,
}

impl Settings {
    pub(super) fn new(mut effective: Vec<EffectiveSetting>, warnings: Vec<String>) -> Self {
        effective.sort_by(|a, b| a.key.cmp(&b.key));
        Self { effective, warnings }
    }

    /// The setting of a key, such as `telemetry.tracing.sample_rate`. `None` if it has no value.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// let settings = telemetry.settings();
    /// assert_eq!(settings.get("telemetry.enabled").map(|setting| setting.value()).as_deref(), Some("true"));
    /// assert!(settings.get("telemetry.tracing.steps.namespaces.payments").is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, key: &str) -> Option<&EffectiveSetting> {
        self.effective.iter().find(|setting| setting.key() == key)
    }

    /// All settings, in the order of their keys.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// for setting in telemetry.settings().iter() {
    ///     println!("{} = {} ({})", setting.key(), setting.value(), setting.source());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &EffectiveSetting> {
        self.effective.iter()
    }

    /// Settings that are not applied as they are written, such as values of OpenTelemetry's specification that are not
    /// supported. They are logged at the start, too.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// for warning in telemetry.settings().warnings() {
    ///     println!("{warning}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl EffectiveSetting {
    pub(super) fn new(key: Key, value: Value, source: SettingSource) -> Self {
        Self { key, value, source }
    }

    /// The key with its tables, as in the configuration file.
    pub fn key(&self) -> String {
        self.key.to_string()
    }

    /// The value as text.
    pub fn value(&self) -> String {
        self.value.to_string()
    }

    /// Where the value comes from.
    pub fn source(&self) -> &SettingSource {
        &self.source
    }
}

/// The value, and in brackets its source, unless it is the default.
impl fmt::Display for EffectiveSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line::write(f, &self.value.shown(), &self.source)
    }
}
