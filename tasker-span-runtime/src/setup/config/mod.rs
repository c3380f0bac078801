//! `Config`: the table `[telemetry]` of TOML files. One error lists all mistakes with their
//! positions. `overlay` merges the files, and `precedence` the result with the other settings.
//!
//! ```text
//! path → file (bytes) → text → syntax (TOML) → tables, values (checked) → Config → overlay
//! ```

mod file;
mod files;
mod foreign;
mod mistakes;
mod overlay;
mod places;
mod public;
mod suggest;
mod syntax;
mod tables;
mod values;
mod variables;

#[cfg(test)]
mod tests;

pub(super) use file::{Content, read};
pub(super) use files::{Files, Presence};
pub(super) use places::Places;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::printable::printable;
use crate::record::SpanNames;
use crate::setup::config::mistakes::Mistakes;
use crate::setup::config::values::Values;
use crate::setup::env::{Environment, Setting};
use crate::setup::settings::{EffectiveSetting, Key, SettingSource, text};
use crate::span::UnknownNamespace;

/// The settings of a file. `None` stands for an absent key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Config {
    pub(super) enabled: Option<bool>,
    pub(super) service_name: Option<String>,
    pub(super) exporter_endpoint: Option<Setting<String>>,
    pub(super) tracing: Tracing,
    pub(super) places: Places,
}

/// The settings of `[telemetry.tracing]`, of which the rates can be reloaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracing {
    /// Not reloaded, like `Config::enabled`.
    pub(super) enabled: Option<bool>,
    pub(super) sampler: Option<Sampler>,
    /// Not reloaded: each subscriber has it from its start.
    pub(super) unknown_namespace: Option<UnknownNamespace>,
    /// Not reloaded either.
    pub(super) span_names: Option<SpanNames>,
    /// Nor is this.
    pub(super) running_after: Option<Duration>,
    pub(super) task_rate: Option<f64>,
    pub(super) step_rate: Option<f64>,
    pub(super) keep_errors: Option<bool>,
    pub(super) namespaces: Vec<(String, f64)>,
    pub(super) slower_than: Option<Duration>,
    pub(super) namespaces_slower_than: Vec<(String, Duration)>,
    pub(super) handlers_slower_than: Vec<(String, Duration)>,
}

/// `telemetry.tracing.sampler`, by the names of the OpenTelemetry specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampler {
    ParentBased,
    AlwaysOn,
    AlwaysOff,
}

impl Tracing {
    /// The rate of task spans that the sampler implies, or else the key's.
    pub(super) fn rate(&self) -> Option<f64> {
        self.implied_rate().or(self.task_rate)
    }

    pub(super) fn implied_rate(&self) -> Option<f64> {
        Some(self.sampler?.rate()?.0)
    }
}

impl Sampler {
    /// The rate that it implies, and its name.
    fn rate(self) -> Option<(f64, &'static str)> {
        match self {
            Self::ParentBased => None,
            Self::AlwaysOn => Some((1.0, "always_on")),
            Self::AlwaysOff => Some((0.0, "always_off")),
        }
    }
}

impl Config {
    /// Parses the contents of the files and merges them.
    pub(super) fn of_files(files: &Files, contents: &[Content], env: Environment<'_>) -> Result<Self, Error> {
        let parsed = files.paths().zip(contents);
        overlay::merged(parsed.map(|(path, content)| Self::parse(path, content, env)))
    }

    /// Parses the content of a file, with the variables that it refers to.
    fn parse(path: &Path, content: &Content, env: Environment<'_>) -> Result<Self, Error> {
        let name: Arc<str> = printable(&path.display().to_string()).into();
        let text = file::text(&name, content)?;
        let mut mistakes = Mistakes::new(name, text);
        let document = syntax::parse(text, &mut mistakes);
        let config = match document {
            Some(document) => tables::telemetry(document.get_ref(), &mut Values::new(env, &mut mistakes)),
            None => Self::default(),
        };
        mistakes.finish(config)
    }

    /// The name of the service, with its source.
    pub(super) fn service_name(&self) -> Option<(&str, SettingSource)> {
        let name = self.service_name.as_deref()?;
        Some((name, self.source(&Key::new("telemetry", "service_name"))))
    }

    /// The policy that applies, with its source.
    pub(super) fn unknown_namespace_setting(&self, effective: UnknownNamespace) -> EffectiveSetting {
        let key = Key::new("telemetry.tracing", "unknown_namespace");
        let source = match self.source(&key) {
            SettingSource::Default if effective != UnknownNamespace::default() => {
                SettingSource::Builder("unknown_namespace")
            }
            source => source,
        };
        let name = match effective {
            UnknownNamespace::Violation => "violation",
            UnknownNamespace::Absent => "absent",
        };
        EffectiveSetting::new(key, text(name), source)
    }

    /// Where the value of a key is.
    pub(super) fn source(&self, key: &Key) -> SettingSource {
        self.places.get(key).map_or(SettingSource::Default, SettingSource::from)
    }

    /// The keys that differ from those of `other` and cannot be reloaded.
    pub(super) fn fixed_keys_unlike(&self, other: &Self) -> Vec<&'static str> {
        let endpoint = |config: &Self| config.exporter_endpoint.as_ref().map(|url| url.value.clone());
        let keys = [
            ("telemetry.enabled", self.enabled != other.enabled),
            ("telemetry.service_name", self.service_name != other.service_name),
            ("telemetry.exporter_endpoint", endpoint(self) != endpoint(other)),
            (
                "telemetry.tracing.enabled",
                self.tracing.enabled != other.tracing.enabled,
            ),
            (
                "telemetry.tracing.unknown_namespace",
                self.tracing.unknown_namespace != other.tracing.unknown_namespace,
            ),
            (
                "telemetry.tracing.span_names",
                self.tracing.span_names != other.tracing.span_names,
            ),
            (
                "telemetry.tracing.running_after",
                self.tracing.running_after != other.tracing.running_after,
            ),
        ];
        keys.into_iter()
            .filter_map(|(key, differs)| differs.then_some(key))
            .collect()
    }
}
