//! `Precedence`: resolves rates. The environment wins over the configuration file, the file over the builder.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::{Error, Origin};
use crate::sampling::Sampling;
use crate::setup::config::{Config, Sampler, Tracing};
use crate::setup::duration;
use crate::setup::env::Environment;
use crate::setup::namespace_rates;
use crate::setup::other_spans::OtherSpans;
use crate::setup::sdk::StandardSampler;
use crate::setup::settings::{EffectiveSetting, Key, SettingSource, Value, rate, text};
use crate::setup::slower_than;

/// The settings that never change at run time: those of the builder and of the environment.
#[derive(Clone, Debug)]
pub(super) struct Precedence {
    builder: Sampling,
    environment: Option<StandardSampler>,
    namespaces: Vec<(String, f64)>,
    slower_than: Option<Duration>,
}

const TRACING: &str = "telemetry.tracing";
const STEPS: &str = "telemetry.tracing.steps";
const NAMESPACES: &str = "telemetry.tracing.steps.namespaces";

/// The resolved rates, of task spans, of steps and of all other spans.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effective {
    pub(super) sampling: Sampling,
    pub(super) other_spans: OtherSpans,
}

impl Precedence {
    /// `sampler` is the environment's, if spans that belong to no task have this crate's sampler.
    pub(super) fn new(
        builder: Sampling,
        sampler: Option<StandardSampler>,
        env: Environment<'_>,
    ) -> Result<Self, Error> {
        builder.validate(Origin::Method("sampling"))?;
        Ok(Self {
            builder,
            environment: sampler,
            namespaces: namespace_rates::resolve(env)?,
            slower_than: slower_than::resolve(env)?,
        })
    }

    /// Adds the settings of the file. Namespaces and handlers are merged by name.
    pub(super) fn resolve(&self, file: &Tracing) -> Effective {
        let mut sampling = self.builder.clone();
        if let Some(rate) = file.rate() {
            sampling = sampling.task_rate(rate);
        }
        if let Some(rate) = file.step_rate {
            sampling = sampling.step_rate(rate);
        }
        if let Some(keep) = file.keep_errors {
            sampling = if keep {
                sampling.keep_errors()
            } else {
                sampling.discard_errors()
            };
        }
        for (name, rate) in file.namespaces.iter().chain(&self.namespaces) {
            sampling = sampling.namespace_rate(name.as_str(), *rate);
        }
        if let Some(duration) = self.slower_than.or(file.slower_than) {
            sampling = sampling.slower_than(duration);
        }
        for (name, duration) in &file.namespaces_slower_than {
            sampling = sampling.namespace_slower_than(name.as_str(), *duration);
        }
        for (name, duration) in &file.handlers_slower_than {
            sampling = sampling.handler_slower_than(name.as_str(), *duration);
        }
        let mut follow_parents = matches!(file.sampler, None | Some(Sampler::ParentBased));
        if let Some(standard) = self.environment {
            sampling = sampling.task_rate(standard.rate);
            follow_parents = standard.follows_parents;
        }
        let rate = sampling.get_task_rate();
        Effective {
            sampling,
            other_spans: OtherSpans { follow_parents, rate },
        }
    }

    /// What applies now, with its sources. What differs from the resolved settings was set at run time.
    pub(super) fn effective(&self, file: &Config, now: &Effective) -> Vec<EffectiveSetting> {
        let [resolved, builder, default] = [
            self.resolve(&file.tracing),
            Effective::of(self.builder.clone()),
            Effective::of(Sampling::new()),
        ]
        .map(|effective| effective.values());
        let source = |key: &Key, value: &Value| {
            if resolved.get(key) != Some(value) {
                return SettingSource::Handle;
            }
            if let Some(variable) = self.variable(key) {
                return SettingSource::Environment(variable);
            }
            let is_implied = key.is(TRACING, "sample_rate") && file.tracing.implied_rate().is_some();
            let sampler = is_implied.then(|| Key::new(TRACING, "sampler"));
            match file.places.get(sampler.as_ref().unwrap_or(key)) {
                Some(place) => place.into(),
                None if builder.get(key) == default.get(key) => SettingSource::Default,
                None => SettingSource::Builder("sampling"),
            }
        };
        let values = now.values().into_iter();
        let setting = |(key, value)| {
            let source = source(&key, &value);
            EffectiveSetting::new(key, value, source)
        };
        values.map(setting).collect()
    }

    /// The environment variable that decides on a key.
    fn variable(&self, key: &Key) -> Option<&'static str> {
        let is_sampler = key.is(TRACING, "sampler") || key.is(TRACING, "sample_rate");
        if is_sampler && self.environment.is_some() {
            return Some("OTEL_TRACES_SAMPLER");
        }
        if key.is(TRACING, slower_than::KEY) && self.slower_than.is_some() {
            return Some(slower_than::VARIABLE);
        }
        let is_named = self.namespaces.iter().any(|(name, _)| key.is(NAMESPACES, name));
        is_named.then_some(namespace_rates::VARIABLE)
    }
}

impl Effective {
    /// Of these settings alone.
    fn of(sampling: Sampling) -> Self {
        let rate = sampling.get_task_rate();
        Self {
            sampling,
            other_spans: OtherSpans {
                follow_parents: true,
                rate,
            },
        }
    }

    fn values(&self) -> BTreeMap<Key, Value> {
        let (sampling, others) = (&self.sampling, self.other_spans);
        let sampler = match others.rate {
            _ if others.follow_parents => "parent_based",
            1.0 => "always_on",
            0.0 => "always_off",
            _ => "traceidratio",
        };
        let namespaces = sampling.namespaces();
        let namespaces = namespaces.map(|(name, own)| (Key::new(NAMESPACES, name.to_owned()), rate(own)));
        [
            (Key::new(TRACING, "sampler"), text(sampler)),
            (Key::new(TRACING, "sample_rate"), rate(sampling.get_task_rate())),
            (Key::new(STEPS, "sample_rate"), rate(sampling.get_step_rate())),
            (Key::new(STEPS, "keep_errors"), sampling.get_keep_errors().into()),
        ]
        .into_iter()
        .chain(namespaces)
        .chain(slower_than_values(sampling))
        .collect()
    }
}

/// The durations from which unsampled spans are exported.
fn slower_than_values(sampling: &Sampling) -> impl Iterator<Item = (Key, Value)> {
    let named = |table: &'static str, durations: &BTreeMap<String, Duration>| {
        let setting = |(name, own): (&String, &Duration)| (Key::new(table, name.clone()), text(duration::shown(*own)));
        durations.iter().map(setting).collect::<Vec<_>>()
    };
    let all = sampling.get_slower_than();
    let all = all.map(|all| (Key::new(TRACING, slower_than::KEY), text(duration::shown(all))));
    let namespaces = named(slower_than::NAMESPACES, sampling.get_namespaces_slower_than());
    let handlers = named(slower_than::HANDLERS, sampling.get_handlers_slower_than());
    all.into_iter().chain(namespaces).chain(handlers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    fn resolve(environment: Option<StandardSampler>, file: &Tracing) -> Effective {
        let builder = Sampling::new()
            .task_rate(0.1)
            .step_rate(0.2)
            .namespace_rate("a", 0.3)
            .namespace_rate("b", 0.4)
            .discard_errors();
        let precedence = with(&[], |env| Precedence::new(builder, environment, env));
        precedence.unwrap().resolve(file)
    }

    #[test]
    fn the_file_wins_over_the_builder_key_by_key() {
        let silent = resolve(None, &Tracing::default());
        let builder = Sampling::new()
            .task_rate(0.1)
            .step_rate(0.2)
            .namespace_rate("a", 0.3)
            .namespace_rate("b", 0.4)
            .discard_errors();
        assert_eq!(silent.sampling, builder);
        assert_eq!(
            silent.other_spans,
            OtherSpans {
                follow_parents: true,
                rate: 0.1
            }
        );

        let file = Tracing {
            step_rate: Some(0.5),
            keep_errors: Some(true),
            namespaces: vec![("b".to_owned(), 0.6), ("c".to_owned(), 0.7)],
            slower_than: Some(Duration::from_secs(5)),
            namespaces_slower_than: vec![("b".to_owned(), Duration::from_secs(2))],
            handlers_slower_than: vec![("h".to_owned(), Duration::from_millis(500))],
            ..Tracing::default()
        };
        let expected = builder
            .step_rate(0.5)
            .keep_errors()
            .namespace_rate("b", 0.6)
            .namespace_rate("c", 0.7)
            .slower_than(Duration::from_secs(5))
            .namespace_slower_than("b", Duration::from_secs(2))
            .handler_slower_than("h", Duration::from_millis(500));
        assert_eq!(resolve(None, &file).sampling, expected);
    }

    #[test]
    fn the_duration_of_the_environment_wins_over_that_of_the_file() {
        let [own, of_file] = [1, 2].map(Duration::from_secs);
        let builder = Sampling::new().slower_than(of_file).handler_slower_than("h", of_file);
        let file = Tracing {
            slower_than: Some(of_file),
            ..Tracing::default()
        };
        let precedence = with(&[(slower_than::VARIABLE, "1s")], |env| {
            Precedence::new(builder.clone(), None, env)
        });
        assert_eq!(precedence.unwrap().resolve(&file).sampling, builder.slower_than(own));
    }

    #[test]
    fn the_environment_decides_on_task_spans_alone() {
        let file = Tracing {
            sampler: Some(Sampler::AlwaysOff),
            task_rate: Some(0.0),
            step_rate: Some(0.5),
            ..Tracing::default()
        };
        let off = resolve(None, &file);
        assert_eq!(
            off.other_spans,
            OtherSpans {
                follow_parents: false,
                rate: 0.0
            }
        );
        let standard = StandardSampler {
            follows_parents: true,
            rate: 0.25,
        };
        let both = resolve(Some(standard), &file);
        assert_eq!(both.sampling, off.sampling.task_rate(0.25));
        assert_eq!(
            both.other_spans,
            OtherSpans {
                follow_parents: true,
                rate: 0.25
            }
        );
    }
}
