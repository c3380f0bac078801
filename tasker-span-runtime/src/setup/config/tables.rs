//! The tables of the file: their keys, and the types of these. `values` parses single values.

use std::mem;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::record::SpanNames;
use crate::sampling::{MAX_NAME, MAX_NAMESPACES};
use crate::setup::config::foreign;
use crate::setup::config::mistakes::{key as key_text, quoted};
use crate::setup::config::suggest::did_you_mean;
use crate::setup::config::values::{RATE, Value, Values};
use crate::setup::config::{Config, Sampler, Tracing};
use crate::setup::duration;
use crate::setup::running_after;
use crate::setup::settings::Key;
use crate::setup::slower_than;
use crate::setup::span_names;
use crate::span::UnknownNamespace;

/// The tables with their keys, in the order of the documentation.
const TABLES: [(&str, &[&str]); 4] = [
    (
        "telemetry",
        &["enabled", "service_name", "exporter_endpoint", "tracing"],
    ),
    (
        "telemetry.tracing",
        &[
            "enabled",
            "sampler",
            "sample_rate",
            "sample_slower_than",
            "unknown_namespace",
            "span_names",
            "running_after",
            "slower_than",
            "steps",
        ],
    ),
    ("telemetry.tracing.slower_than", &["namespaces", "handlers"]),
    ("telemetry.tracing.steps", &["sample_rate", "keep_errors", "namespaces"]),
];

/// Parses the document. Tables of other programs are ignored, but not a misspelt `[telemetry]`.
///
/// The table may be `[common.telemetry]`, as in the files of Tasker whose tables are all below `[common]`.
pub(super) fn telemetry(document: &DeTable<'_>, values: &mut Values<'_, '_>) -> Config {
    let mut config = Config::default();
    let common = match document.get("common").map(Spanned::get_ref) {
        Some(DeValue::Table(common)) => common.get_key_value("telemetry"),
        _ => None,
    };
    if let (Some(_), Some((key, _))) = (document.get("telemetry"), common) {
        let message = "`[common.telemetry]` beside `[telemetry]`: expected one of them".to_owned();
        values.mistakes.add(key.span().start, message);
    }
    let Some(telemetry) = document.get("telemetry").or(common.map(|(_, table)| table)) else {
        for name in document.keys() {
            let meant = did_you_mean(name.get_ref(), &["telemetry"]);
            if !meant.is_empty() {
                let message = format!("unknown table `{}`{meant}", quoted(name.get_ref()));
                values.mistakes.add(name.span().start, message);
            }
        }
        return config;
    };
    each(values, telemetry, "telemetry", |values, key, value| match key {
        "enabled" => config.enabled = values.flag("telemetry.enabled", value),
        "service_name" => config.service_name = service_name(values, value),
        "exporter_endpoint" => config.exporter_endpoint = values.endpoint("telemetry.exporter_endpoint", value),
        _ => config.tracing = tracing(values, value),
    });
    config.places = mem::take(&mut values.places);
    config
}

fn service_name(values: &mut Values<'_, '_>, value: &Value<'_>) -> Option<String> {
    const KEY: &str = "telemetry.service_name";
    let name = values.text(KEY, value)?.value;
    if name.trim().is_empty() {
        return values.reject(KEY, value, "expected a name");
    }
    Some(name)
}

fn tracing(values: &mut Values<'_, '_>, table: &Value<'_>) -> Tracing {
    let mut tracing = Tracing::default();
    let mut written_rate = None;
    each(values, table, "telemetry.tracing", |values, key, value| match key {
        "enabled" => tracing.enabled = values.flag("telemetry.tracing.enabled", value),
        "sampler" => tracing.sampler = sampler(values, value),
        "sample_rate" => {
            written_rate = Some(value);
            tracing.task_rate = values.rate("telemetry.tracing.sample_rate", value);
        }
        "sample_slower_than" => {
            tracing.slower_than = values.duration("telemetry.tracing.sample_slower_than", value);
        }
        "unknown_namespace" => tracing.unknown_namespace = unknown_namespace(values, value),
        span_names::KEY => tracing.span_names = names_of_spans(values, value),
        running_after::KEY => tracing.running_after = values.duration("telemetry.tracing.running_after", value),
        "slower_than" => durations(values, value, &mut tracing),
        _ => steps(values, value, &mut tracing),
    });
    if let (Some(expected), Some(value)) = (contradiction(&tracing), written_rate) {
        values.reject::<()>("telemetry.tracing.sample_rate", value, &expected);
    }
    tracing
}

/// What is expected instead of a rate that contradicts the sampler: only the author knows which of the two is meant.
pub(super) fn contradiction(tracing: &Tracing) -> Option<String> {
    let (all, name) = tracing.sampler?.rate()?;
    let is_other = tracing.task_rate?.total_cmp(&all).is_ne();
    is_other.then(|| format!("expected {all}, or no rate, beside the sampler \"{name}\""))
}

fn sampler(values: &mut Values<'_, '_>, value: &Value<'_>) -> Option<Sampler> {
    const KEY: &str = "telemetry.tracing.sampler";
    let name = values.text(KEY, value)?.value;
    match name.trim() {
        "parent_based" => Some(Sampler::ParentBased),
        "always_on" => Some(Sampler::AlwaysOn),
        "always_off" => Some(Sampler::AlwaysOff),
        other => {
            let meant = did_you_mean(other, &["parent_based", "always_on", "always_off"]);
            let expected = format!("expected \"parent_based\", \"always_on\" or \"always_off\"{meant}");
            values.reject(KEY, value, &expected)
        }
    }
}

fn unknown_namespace(values: &mut Values<'_, '_>, value: &Value<'_>) -> Option<UnknownNamespace> {
    const KEY: &str = "telemetry.tracing.unknown_namespace";
    match values.text(KEY, value)?.value.trim() {
        "violation" => Some(UnknownNamespace::Violation),
        "absent" => Some(UnknownNamespace::Absent),
        other => {
            let meant = did_you_mean(other, &["violation", "absent"]);
            values.reject(KEY, value, &format!("expected \"violation\" or \"absent\"{meant}"))
        }
    }
}

fn names_of_spans(values: &mut Values<'_, '_>, value: &Value<'_>) -> Option<SpanNames> {
    const KEY: &str = "telemetry.tracing.span_names";
    let name = values.text(KEY, value)?.value;
    let name = name.trim();
    span_names::parse(name).or_else(|| {
        let meant = did_you_mean(name, &span_names::ALL);
        values.reject(KEY, value, &format!("{}{meant}", span_names::EXPECTED))
    })
}

fn steps(values: &mut Values<'_, '_>, table: &Value<'_>, tracing: &mut Tracing) {
    const TABLE: &str = "telemetry.tracing.steps";
    each(values, table, TABLE, |values, key, value| match key {
        "sample_rate" => tracing.step_rate = values.rate("telemetry.tracing.steps.sample_rate", value),
        "keep_errors" => tracing.keep_errors = values.flag("telemetry.tracing.steps.keep_errors", value),
        _ => tracing.namespaces = named(values, value, &NAMESPACE_RATES, Values::rate),
    });
}

fn durations(values: &mut Values<'_, '_>, table: &Value<'_>, tracing: &mut Tracing) {
    each(
        values,
        table,
        "telemetry.tracing.slower_than",
        |values, key, value| match key {
            "namespaces" => {
                tracing.namespaces_slower_than = named(values, value, &NAMESPACE_DURATIONS, Values::duration);
            }
            _ => tracing.handlers_slower_than = named(values, value, &HANDLER_DURATIONS, Values::duration),
        },
    );
}

/// A table whose keys are names of the program, as its mistakes describe it.
struct Named {
    table: &'static str,
    /// What has the names.
    what: &'static str,
    values: &'static str,
    expected: &'static str,
}

const NAMESPACE_RATES: Named = Named {
    table: "telemetry.tracing.steps.namespaces",
    what: "namespace",
    values: "rates",
    expected: RATE,
};

const NAMESPACE_DURATIONS: Named = Named {
    table: slower_than::NAMESPACES,
    what: "namespace",
    values: "durations",
    expected: duration::EXPECTED,
};

const HANDLER_DURATIONS: Named = Named {
    table: slower_than::HANDLERS,
    what: "handler",
    values: "durations",
    expected: duration::EXPECTED,
};

fn named<'m, 't, T>(
    values: &mut Values<'m, 't>,
    table: &Value<'_>,
    named: &Named,
    read: impl Fn(&mut Values<'m, 't>, &str, &Value<'_>) -> Option<T>,
) -> Vec<(String, T)> {
    let Named {
        table: name_of_table,
        what,
        ..
    } = named;
    let DeValue::Table(entries) = table.get_ref() else {
        let expected = format!("expected a table of {} by {what}", named.values);
        values.reject::<()>(name_of_table, table, &expected);
        return Vec::new();
    };
    let count = entries.len();
    if count > MAX_NAMESPACES {
        let message = format!("`[{name_of_table}]` has {count} {what}s: expected at most {MAX_NAMESPACES}");
        values.mistakes.add(table.span().start, message);
    }
    let mut all = Vec::new();
    for (key, value) in entries {
        let (name, length) = (key.get_ref(), key.get_ref().len());
        let path = format!("{name_of_table}.{}", key_text(name));
        if name.trim().is_empty() {
            let message = format!("invalid key in `[{name_of_table}]`: expected the name of a {what}");
            values.mistakes.add(key.span().start, message);
        } else if length > MAX_NAME {
            let message = format!("the name of a {what} has {length} bytes: expected at most {MAX_NAME}");
            values.mistakes.add(key.span().start, message);
        } else if matches!(value.get_ref(), DeValue::Table(_)) {
            // A namespace may have this name, and then it has a value.
            if name == foreign::DOCS {
                continue;
            }
            let expected = format!("{}, or quotation marks around a name with dots", named.expected);
            values.reject::<()>(&path, value, &expected);
        } else if let Some(parsed) = read(values, &path, value) {
            values.locate(Key::new(named.table, name.clone().into_owned()), value);
            all.push((name.clone().into_owned(), parsed));
        }
    }
    all
}

/// Passes every known key of a table to `read`, and reports the others, except those of other parts of Tasker.
fn each<'v>(
    values: &mut Values<'_, '_>,
    table: &'v Value<'_>,
    name: &'static str,
    mut read: impl FnMut(&mut Values<'_, '_>, &str, &'v Value<'_>),
) {
    let DeValue::Table(entries) = table.get_ref() else {
        values.reject::<()>(name, table, "expected a table");
        return;
    };
    let known = TABLES.iter().find(|(table, _)| *table == name);
    let known = known.map_or(&[][..], |(_, keys)| *keys);
    for (key, value) in entries {
        let text = &**key.get_ref();
        if let Some(key) = known.iter().find(|known| **known == text) {
            values.locate(Key::new(name, *key), value);
            read(values, key, value);
        } else if let Some(table) = foreign::table(name, text) {
            each(values, value, table, no_key);
        } else if text != foreign::DOCS && !foreign::keys(name).contains(&text) {
            let message = unknown(text, name, known);
            values.mistakes.add(key.span().start, message);
        }
    }
}

/// For a table that has no key of ours.
fn no_key(_: &mut Values<'_, '_>, _: &str, _: &Value<'_>) {}

fn unknown(key: &str, table: &str, known: &[&str]) -> String {
    let foreign = foreign::keys(table);
    let meant = did_you_mean(key, &[known, foreign].concat());
    let known = if known.is_empty() { foreign } else { known };
    let elsewhere = || {
        let tables = TABLES.iter().filter(|(_, keys)| keys.contains(&key));
        let tables: Vec<_> = tables.map(|(table, _)| format!("`[{table}]`")).collect();
        (!tables.is_empty()).then(|| format!(", it belongs to {}", tables.join(" or to ")))
    };
    let hint = if meant.is_empty() {
        elsewhere().unwrap_or_else(|| format!(": expected {}", listed(known)))
    } else {
        meant
    };
    format!("unknown key `{}` in `[{table}]`{hint}", quoted(key))
}

/// `a`, `b` or `c`.
fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}
