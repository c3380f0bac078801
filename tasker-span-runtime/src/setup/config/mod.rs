//! `Config`: the table `[telemetry]` of a TOML file. One error lists all mistakes with their
//! positions. `precedence` merges it with the other settings.
//!
//! ```text
//! path → file (bytes) → text → syntax (TOML) → tables, values (checked) → Config
//! ```

mod file;
mod mistakes;
mod public;
mod suggest;
mod syntax;
mod tables;
mod values;
mod variables;

#[cfg(test)]
mod tests;

pub(super) use file::{Content, read};

use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::printable::printable;
use crate::setup::config::mistakes::Mistakes;
use crate::setup::config::values::Values;
use crate::setup::env::{Environment, Setting};
use crate::span::UnknownNamespace;

/// The settings of a file. `None` stands for an absent key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Config {
    pub(super) enabled: Option<bool>,
    pub(super) service_name: Option<String>,
    pub(super) exporter_endpoint: Option<Setting<String>>,
    pub(super) tracing: Tracing,
}

/// The settings of `[telemetry.tracing]`, of which the rates can be reloaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracing {
    pub(super) sampler: Option<Sampler>,
    /// Not reloaded: each subscriber has it from its start.
    pub(super) unknown_namespace: Option<UnknownNamespace>,
    pub(super) task_rate: Option<f64>,
    pub(super) step_rate: Option<f64>,
    pub(super) keep_errors: Option<bool>,
    pub(super) namespaces: Vec<(String, f64)>,
}

/// `telemetry.tracing.sampler`, by the names of the OpenTelemetry specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampler {
    ParentBased,
    AlwaysOn,
    AlwaysOff,
}

impl Config {
    /// Parses the content of the file, with the variables that it refers to.
    pub(super) fn parse(path: &Path, content: &Content, env: Environment<'_>) -> Result<Self, Error> {
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

    /// The keys that differ from those of `other` and cannot be reloaded.
    pub(super) fn fixed_keys_unlike(&self, other: &Self) -> Vec<&'static str> {
        let endpoint = |config: &Self| config.exporter_endpoint.as_ref().map(|url| url.value.clone());
        let keys = [
            ("telemetry.enabled", self.enabled != other.enabled),
            ("telemetry.service_name", self.service_name != other.service_name),
            ("telemetry.exporter_endpoint", endpoint(self) != endpoint(other)),
            (
                "telemetry.tracing.unknown_namespace",
                self.tracing.unknown_namespace != other.tracing.unknown_namespace,
            ),
        ];
        keys.into_iter()
            .filter_map(|(key, differs)| differs.then_some(key))
            .collect()
    }
}
