//! Merges the files, key by key: a later value replaces an earlier one, and what namespaces and handlers have
//! is merged by name.

use crate::error::{Error, Kind, Origin};
use crate::setup::config::tables::contradiction;
use crate::setup::config::{Config, Tracing};
use crate::setup::settings::Key;

/// The settings of all files, or one error with the mistakes of each.
pub(super) fn merged(files: impl Iterator<Item = Result<Config, Error>>) -> Result<Config, Error> {
    let (mut config, mut errors) = (Config::default(), Vec::new());
    for file in files {
        match file {
            Ok(later) => config = overlaid(config, later),
            Err(error) => errors.push(error),
        }
    }
    if errors.len() > 1 {
        let messages: Vec<_> = errors.iter().map(Error::to_string).collect();
        return Err(Error::new(Kind::Configuration, messages.join("\n")));
    }
    errors.pop().map_or(Ok(()), Err)?;
    check(&config)?;
    Ok(config)
}

// Without `..`, so that no key is forgotten.
fn overlaid(base: Config, later: Config) -> Config {
    let Config {
        enabled,
        service_name,
        exporter_endpoint,
        tracing,
        places,
    } = later;
    let mut all_places = base.places;
    all_places.overlay(places);
    Config {
        enabled: enabled.or(base.enabled),
        service_name: service_name.or(base.service_name),
        exporter_endpoint: exporter_endpoint.or(base.exporter_endpoint),
        tracing: overlaid_tracing(base.tracing, tracing),
        places: all_places,
    }
}

fn overlaid_tracing(base: Tracing, later: Tracing) -> Tracing {
    let Tracing {
        enabled,
        sampler,
        unknown_namespace,
        span_names,
        running_after,
        task_rate,
        step_rate,
        keep_errors,
        namespaces,
        slower_than,
        namespaces_slower_than,
        handlers_slower_than,
    } = later;
    Tracing {
        enabled: enabled.or(base.enabled),
        sampler: sampler.or(base.sampler),
        unknown_namespace: unknown_namespace.or(base.unknown_namespace),
        span_names: span_names.or(base.span_names),
        running_after: running_after.or(base.running_after),
        task_rate: task_rate.or(base.task_rate),
        step_rate: step_rate.or(base.step_rate),
        keep_errors: keep_errors.or(base.keep_errors),
        namespaces: by_name(base.namespaces, namespaces),
        slower_than: slower_than.or(base.slower_than),
        namespaces_slower_than: by_name(base.namespaces_slower_than, namespaces_slower_than),
        handlers_slower_than: by_name(base.handlers_slower_than, handlers_slower_than),
    }
}

fn by_name<T>(mut base: Vec<(String, T)>, later: Vec<(String, T)>) -> Vec<(String, T)> {
    base.retain(|(name, _)| !later.iter().any(|(later, _)| later == name));
    base.extend(later);
    base
}

/// Finds a sampler of one file that contradicts the rate of another.
fn check(config: &Config) -> Result<(), Error> {
    const TABLE: &str = "telemetry.tracing";
    let place = |name| config.places.get(&Key::new(TABLE, name)).cloned();
    let (Some(expected), Some(rate)) = (contradiction(&config.tracing), config.tracing.task_rate) else {
        return Ok(());
    };
    let (Some(at), Some(sampler)) = (place("sample_rate"), place("sampler")) else {
        return Ok(());
    };
    let origin = Origin::File(at, "telemetry.tracing.sample_rate");
    let expected = format_args!("{expected} of {sampler}");
    Err(Error::invalid(Kind::Configuration, origin, &rate.to_string(), expected))
}
