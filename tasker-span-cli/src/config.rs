//! `tasker-span config`: what the runtime makes of configuration files.

use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tasker_span_runtime::testing::printable;
use tasker_span_runtime::{EffectiveSetting, Settings, Telemetry};
use unicode_width::UnicodeWidthStr;

use crate::output::{Outcome, Result, count, note, print, print_json};

/// Checks configuration files by the runtime's own parser, and says which rate each namespace gets, and from where.
///
/// The variables of the environment win over the files, as they do in a program. So run it in the program's environment.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The files, of which a later one overlays an earlier one.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

const NAMESPACES: &str = "telemetry.tracing.steps.namespaces.";

pub(crate) fn run(arguments: &Arguments) -> Result {
    let mut telemetry = Telemetry::builder();
    for file in &arguments.files {
        // A file that cannot be read is no mistake in it.
        let metadata = File::open(file).and_then(|opened| opened.metadata());
        let metadata = metadata.map_err(|error| format!("{}: {error}", file.display()))?;
        if !metadata.is_file() {
            return Err(format!("{}: it is not a regular file", file.display()).into());
        }
        telemetry = telemetry.config_file(file);
    }
    let settings = match telemetry.settings() {
        Ok(settings) => settings,
        Err(error) => {
            note(error);
            return Ok(Outcome::Findings);
        }
    };
    let mut is_set = false;
    for file in &arguments.files {
        let has_table = has_table(file)?;
        is_set |= has_table;
        if !has_table {
            note(format_args!(
                "{}: no table `[telemetry]`: nothing of it applies",
                file.display()
            ));
        }
    }
    if arguments.json {
        print_json(&Json {
            rates: rates(&settings),
            telemetry: &settings,
            warnings: settings.warnings(),
        })?;
    } else {
        print(&text(&settings))?;
    }
    Ok(if is_set { Outcome::Clean } else { Outcome::Findings })
}

/// Whether a file, which is valid, has anything for the runtime. Those of other parts of Tasker are in the same files, so
/// another table is no mistake.
fn has_table(file: &Path) -> Result<bool> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let table: toml::Table = text.parse().map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(table.contains_key("telemetry"))
}

#[derive(Serialize)]
struct Json<'s> {
    rates: Vec<Namespace>,
    telemetry: &'s Settings,
    warnings: &'s [String],
}

/// Which rate the steps of a namespace get.
#[derive(Debug, Serialize)]
struct Namespace {
    /// Absent for all namespaces that are not listed.
    #[serde(rename = "namespace", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Of the steps whose task is sampled.
    rate: f64,
    /// Of all steps.
    share: f64,
    source: String,
}

fn rates(settings: &Settings) -> Vec<Namespace> {
    let value = |setting: &EffectiveSetting| setting.value().parse().unwrap_or(1.0);
    let tasks = settings.get("telemetry.tracing.sample_rate").map_or(1.0, value);
    let rate = |name, setting: &EffectiveSetting| Namespace {
        name,
        rate: value(setting),
        share: tasks * value(setting),
        source: setting.source().to_string(),
    };
    let named = settings.iter().filter_map(|setting| {
        let key = setting.key();
        let name = key.strip_prefix(NAMESPACES)?;
        Some(rate(Some(name.to_owned()), setting))
    });
    let others = settings.get("telemetry.tracing.steps.sample_rate");
    named.chain(others.map(|setting| rate(None, setting))).collect()
}

pub(crate) fn text(settings: &Settings) -> String {
    let mut text = String::new();
    let rows = rates(settings).into_iter().map(|rate| {
        let name = rate.name.as_deref().unwrap_or("(all others)").to_owned();
        [name, percent(rate.rate), percent(rate.share), rate.source]
    });
    let title = ["namespace", "rate of steps", "share of all steps", "from"].map(str::to_owned);
    table(&mut text, std::iter::once(title).chain(rows));
    text.push('\n');
    let others = settings.iter().filter(|setting| !setting.key().starts_with(NAMESPACES));
    let rows = others.map(|setting| [setting.key(), setting.value(), setting.source().to_string()]);
    let title = ["setting", "value", "from"].map(str::to_owned);
    table(&mut text, std::iter::once(title).chain(rows));
    let warnings = settings.warnings();
    if !warnings.is_empty() {
        let _ = writeln!(text, "\n{}:", count(warnings.len(), "warning"));
    }
    for warning in warnings {
        let _ = writeln!(text, "  {}", printable(warning));
    }
    text
}

/// Aligned columns, without a blank at the end of a line.
fn table<const N: usize>(text: &mut String, rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<_> = rows.map(|row| row.map(|cell| printable(&cell).into_owned())).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let padding = width - cell.width();
            let _ = write!(line, "{cell}{:padding$}  ", "");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// Without the binary noise in the last digits of a product.
fn percent(rate: f64) -> String {
    let percent = format!("{:.10}", rate * 100.0);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}
