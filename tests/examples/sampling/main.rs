//! Runs 100,000 steps in four namespaces, one in a hundred of which fails, and compares what is exported with what was done.
//!
//! ```text
//! cargo run --release --example sampling [STEPS [telemetry.toml]]
//! ```
//!
//! The rates are those of `telemetry.toml` beside this file. Spans are counted in memory; with a collector they are exported
//! as well:
//!
//! ```text
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --release --example sampling
//! ```
//!
//! It fails where an error is missing in what is exported.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tasker_span_runtime::Telemetry;
use tasker_span_tests::program::{Arguments, UsageError};
use tasker_span_tests::workload::{self, Table, Tally};

const USAGE: &str = "\
Runs steps in four namespaces, one in a hundred of which fails, and compares what is exported with what was done.

usage: sampling [STEPS [CONFIG]]

  STEPS    how many; 100000 by default
  CONFIG   a configuration file with the rates; telemetry.toml beside the example's source by default";
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sampling/telemetry.toml");
/// A task has a few dozens of spans, and the exporter's queue room for 2,048.
const SPANS_PER_FLUSH: u64 = 1_000;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sampling: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = Arguments::of_process();
    if arguments.flag(&["--help", "-h"]) {
        println!("{USAGE}");
        return Ok(());
    }
    let (steps, config) = read(arguments)?;
    let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok();
    let is_exporting = endpoint.is_some_and(|url| !url.is_empty());

    let tally = Tally::default();
    let mut telemetry = Telemetry::builder()
        .config_file(config)
        .log_filter("error")
        .span_processor(tally.clone());
    if !is_exporting {
        telemetry = telemetry.console_only();
    }
    let telemetry = telemetry.install()?;

    // Draws on standard error, and nothing where that is no terminal.
    let bar = ProgressBar::new(steps).with_style(ProgressStyle::with_template(
        "{bar:40} {human_pos} of {human_len} steps, {eta} left",
    )?);
    let (begun, mut flushed) = (Instant::now(), 0);
    let done = workload::run(steps, |done| {
        bar.set_position(done);
        if is_exporting && tally.spans() >= flushed + SPANS_PER_FLUSH {
            flushed = tally.spans();
            // What it could not export is in the report at the end.
            let _ = telemetry.flush(PATIENCE);
        }
    });
    let took = begun.elapsed();
    bar.finish_and_clear();

    let table = Table::new(&telemetry.sampling(), &done, &tally);
    println!("{table}\n{steps} steps in {took:.2?}; se: the standard error of how many are kept");
    let exported = telemetry.shutdown(PATIENCE)?;
    if is_exporting {
        println!("{} spans exported, {} lost", exported.spans_exported, exported.lost());
    } else {
        println!("counted only: set OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 to see them in Jaeger");
    }
    match table.problems() {
        problems if problems.is_empty() => Ok(()),
        problems => Err(problems.join("; ").into()),
    }
}

/// How many steps, and under which configuration.
fn read(arguments: Arguments) -> Result<(u64, PathBuf), UsageError> {
    let mut arguments = arguments.rest()?.into_iter();
    let steps = arguments.next().map_or(Ok(100_000), |text| {
        text.parse()
            .map_err(|_| UsageError::new(format!("`{text}` is no number of steps")))
    })?;
    Ok((steps, arguments.next().map_or_else(|| CONFIG.into(), PathBuf::from)))
}
