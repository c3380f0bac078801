//! The configuration file: TOML, of which `[telemetry]` is ours. Whatever is wrong with it is one error, with every mistake
//! and its place.
//!
//! ```text
//! path → file (bytes) → text → syntax (TOML) → tables, values (checked) → Config
//! ```

mod file;
mod mistakes;
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
use crate::setup::config::mistakes::Mistakes;
use crate::setup::config::values::Values;
use crate::setup::env::{Environment, Setting};

/// What a file says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Config {
    pub(super) enabled: Option<bool>,
    pub(super) service_name: Option<String>,
    pub(super) exporter_endpoint: Option<Setting<String>>,
    pub(super) tracing: Tracing,
}

/// What a file says of `[telemetry.tracing]`: the part that can change while the program runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracing {
    pub(super) sampler: Option<Sampler>,
    pub(super) task_rate: Option<f64>,
    pub(super) step_rate: Option<f64>,
    pub(super) keep_errors: Option<bool>,
    pub(super) namespaces: Vec<(String, f64)>,
}

/// `telemetry.tracing.sampler`, named as the samplers of the OpenTelemetry specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampler {
    ParentBased,
    AlwaysOn,
    AlwaysOff,
}

impl Config {
    /// What the file's content says, with the variables that it refers to.
    pub(super) fn parse(path: &Path, content: &Content, env: Environment<'_>) -> Result<Self, Error> {
        let name: Arc<str> = path.display().to_string().into();
        let text = file::text(&name, content)?;
        let mut mistakes = Mistakes::new(name, text);
        let document = syntax::parse(text, &mut mistakes);
        let config = match document {
            Some(document) => tables::telemetry(document.get_ref(), &mut Values::new(env, &mut mistakes)),
            None => Self::default(),
        };
        mistakes.finish(config)
    }

    /// The keys that differ from another file's and that only a new start of the program applies.
    pub(super) fn fixed_keys_unlike(&self, other: &Self) -> Vec<&'static str> {
        let endpoint = |config: &Self| config.exporter_endpoint.as_ref().map(|url| url.value.clone());
        [
            ("telemetry.enabled", self.enabled != other.enabled),
            ("telemetry.service_name", self.service_name != other.service_name),
            ("telemetry.exporter_endpoint", endpoint(self) != endpoint(other)),
        ]
        .into_iter()
        .filter_map(|(key, differs)| differs.then_some(key))
        .collect()
    }
}
