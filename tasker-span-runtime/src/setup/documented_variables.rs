//! Tests the table of environment variables in `docs/operations.md`: each example has the effect that the table states.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use opentelemetry_sdk::Resource;

use crate::error::Error;
use crate::record::SpanNames;
use crate::setup::batch::Batch;
use crate::setup::config::Config;
use crate::setup::destination::Destination;
use crate::setup::env::Environment;
use crate::setup::namespace_rates;
use crate::setup::options::ExportOptions;
use crate::setup::resource::resource;
use crate::setup::running_after;
use crate::setup::sdk::{self, StandardSampler};
use crate::setup::slower_than;
use crate::setup::span_names;
use crate::setup::switch;
use crate::setup::unsupported;
use crate::setup::warnings::Warnings;

/// A row of the table. `names` may end in `*`.
#[derive(Debug)]
struct Row {
    names: Vec<String>,
    example: String,
    effect: String,
}

fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let page = fs::read_to_string(path).unwrap();
    let (_, section) = page.split_once("\n## Environment variables\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [names, example, effect] = *cells else {
            panic!("{line}")
        };
        Row {
            names: names
                .split(", ")
                .map(|name| name.trim_matches('`').to_owned())
                .collect(),
            example: example.trim_matches('`').to_owned(),
            effect: effect.to_owned(),
        }
    };
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(row)
        .collect()
}

/// What the variables decide.
#[derive(Debug, PartialEq)]
struct Resolved {
    is_enabled: bool,
    namespace_rates: Vec<(String, f64)>,
    sampler: Option<StandardSampler>,
    slower_than: Option<Duration>,
    span_names: Option<SpanNames>,
    running_after: Option<Duration>,
    resource: Resource,
    limits: String,
    destination: Destination,
    batch: Batch,
}

fn resolve(env: Environment<'_>, warnings: &mut Warnings) -> Result<Resolved, Error> {
    unsupported::check(env, warnings)?;
    Ok(Resolved {
        is_enabled: switch::enabled(&Config::default(), env)?.0,
        namespace_rates: namespace_rates::resolve(env)?,
        sampler: sdk::sampler(env, warnings)?,
        slower_than: slower_than::resolve(env)?,
        span_names: span_names::of_environment(env)?,
        running_after: running_after::of_environment(env)?,
        resource: resource(&[], None, &[], env)?.0,
        limits: format!("{:?}", crate::setup::limits::limits(env)?),
        destination: Destination::resolve(ExportOptions::new(), env, warnings)?,
        batch: Batch::resolve(env)?,
    })
}

/// The other variable without which this one has no effect.
fn context(name: &str) -> Option<(&'static str, &'static str)> {
    if name == "OTEL_TRACES_SAMPLER_ARG" {
        Some(("OTEL_TRACES_SAMPLER", "traceidratio"))
    } else if name.ends_with("_CERTIFICATE") || name.ends_with("_CLIENT_KEY") {
        Some(("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4317"))
    } else {
        None
    }
}

#[test]
fn each_variable_has_its_effect() {
    let asked = RefCell::new(BTreeSet::new());
    let resolve = |variables: &[(&str, &str)]| {
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let mut warnings = Warnings::default();
        (
            resolve(Environment::reading(&lookup), &mut warnings),
            warnings.messages().join("\n"),
        )
    };
    let rows = rows();
    assert!(rows.len() > 40, "{} rows", rows.len());
    for Row { names, example, effect } in &rows {
        let name = &*names[0];
        let class = effect.split([':', ' ']).next();
        let (others, all) = match context(name) {
            Some(other) => (vec![other], vec![other, (name, example)]),
            None => (vec![], vec![(name, &**example)]),
        };
        let ((before, _), (after, warnings)) = (resolve(&others), resolve(&all));
        let is_named = warnings.contains(&format!("`{name}`"));
        match (class, after) {
            // There is no such file here.
            (Some("applies"), Err(error)) if example.starts_with('/') => {
                let message = error.to_string();
                assert!(message.contains(name) && message.contains(example), "{message}");
            }
            (Some("applies"), after) => {
                assert_ne!(before.unwrap(), after.unwrap(), "{name}");
                assert_eq!(warnings, "", "{name}");
            }
            (Some("warns"), after) => {
                after.unwrap();
                assert!(is_named, "{name}: {warnings}");
            }
            (Some("ignored"), after) => {
                assert_eq!((before.unwrap(), ""), (after.unwrap(), &*warnings), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    for name in asked.into_inner() {
        let is_named = |row: &&Row| {
            row.names.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => *pattern == name,
            })
        };
        let row = rows
            .iter()
            .find(is_named)
            .unwrap_or_else(|| panic!("{name} is not in the table"));
        assert!(!row.effect.starts_with("ignored"), "{name} is read");
    }
}
