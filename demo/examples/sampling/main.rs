//! Runs 100,000 steps, of which 1 % fail, and compares the exported spans and the metrics with what ran.
//!
//! ```text
//! cargo run --release --example sampling [STEPS [telemetry.toml]]
//! ```
//!
//! The rates are in `telemetry.toml` beside this file. With a collector, the spans are exported as
//! well:
//!
//! ```text
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --release --example sampling
//! ```
//!
//! It fails if an error was not exported, or if a count or a duration is wrong.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use tasker_span_demo::program::{ProgramResult, exit_code, print};
use tasker_span_demo::workload::{self, Durations, Table, Tally};
use tasker_span_runtime::{Telemetry, stats};

const USAGE: &str = "\
Runs steps, of which 1 % fail, and compares the exported spans and the metrics with what ran.

usage: sampling [STEPS [CONFIG]]

  STEPS    the number of steps; 100000 by default
  CONFIG   a configuration file with the rates; telemetry.toml beside the example's source by default";
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sampling/telemetry.toml");
/// A queue has room for 2,048 spans. A task adds some dozens between two looks at the count.
const SPANS_PER_FLUSH: u64 = 1_000;
const DEADLINE: Duration = Duration::from_secs(30);

struct Options {
    steps: u64,
    config: PathBuf,
}

fn main() -> ExitCode {
    let result = match parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => run(options),
        Ok(None) => print(format_args!("{USAGE}\n")).map_err(Into::into),
        Err(error) => Err(format!("{error}; see --help").into()),
    };
    exit_code("sampling", result)
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let (mut steps, mut config) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Value(value) if steps.is_none() => steps = Some(value.parse()?),
            Value(value) if config.is_none() => config = Some(value.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(Options {
        steps: steps.unwrap_or(100_000),
        config: config.unwrap_or_else(|| CONFIG.into()),
    }))
}

fn run(Options { steps, config }: Options) -> ProgramResult {
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
    // They measure every step, whatever the rates are.
    let durations = Durations::register();

    // It draws on standard error, and only on a terminal.
    let bar = ProgressBar::new(steps).with_style(ProgressStyle::with_template(
        "{bar:40} {human_pos} of {human_len} steps, {eta} left",
    )?);
    let (start, mut flushed) = (Instant::now(), 0);
    let done = workload::run(steps, |done| {
        bar.set_position(done);
        let ended = stats().spans_ended;
        if ended >= flushed + SPANS_PER_FLUSH {
            flushed = ended;
            // `shutdown` returns the count of lost spans.
            let _ = telemetry.flush(DEADLINE);
        }
    });
    let duration = start.elapsed();
    bar.finish_and_clear();

    // The last spans reach the tally.
    let _ = telemetry.flush(DEADLINE);
    let table = Table::new(&telemetry.sampling(), &done, &tally);
    let measured = durations.compare(&done)?;
    print(format_args!(
        "{table}\n{measured}\n{steps} steps in {duration:.2?}; se: standard error of the sampled steps\n"
    ))?;
    let stats = telemetry.shutdown(DEADLINE)?;
    if is_exporting {
        print(format_args!(
            "{} spans exported, {} lost\n",
            stats.spans_exported,
            stats.lost()
        ))?;
    } else {
        print("counted only: set OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 to see them in Jaeger\n")?;
    }
    durations.shutdown()?;
    match [table.problems(), measured.problems()].concat() {
        problems if problems.is_empty() => Ok(()),
        problems => Err(problems.join("; ").into()),
    }
}
