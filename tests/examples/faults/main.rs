//! Calls a function of about a millisecond while a collector fails in every way that it can, and prints what was noticed of it.
//!
//! ```text
//! cargo run --release -p tasker-span-tests --example faults
//! cargo run --release -p tasker-span-tests --example faults -- --write
//! cargo run --release -p tasker-span-tests --example faults -- killed hanging
//! ```
//!
//! The collector is a process of its own. The function is called with the fault and without it in turns, over gRPC and over HTTP.
//! `--write` puts the table into `docs/operations.md`.
//!
//! It fails where a call did not return its value, where a span neither arrived nor was counted as lost, and where something new
//! was lost although the collector was back.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use std::{fmt, fs};

use indicatif::{ProgressBar, ProgressStyle};
use peak_alloc::PeakAlloc;
use tasker_span_runtime::Protocol;
use tasker_span_tests::faults::{
    CollectorProcess, Fault, Figures, Outcome, Trial, Work, alone, serve_collector, with_part,
};
use tasker_span_tests::program::{Arguments, UsageError};

const USAGE: &str = "\
Calls a function of about a millisecond while a collector fails, and prints what was noticed of it.

usage: faults [--calls N] [--overload SECONDS] [--write] [FAULT…]

  FAULT        which faults; all by default
  --calls      how often the function is called in each turn; 2000 by default
  --overload   how long there are too many spans; 60 seconds by default
  --write      puts the figures into docs/operations.md";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
const PART: &str = "collector-faults";

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What the command line asks for.
struct Asked {
    faults: Vec<Fault>,
    calls: u32,
    overload: Duration,
    writes: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match serve_collector(&arguments) {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => run(),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("faults: {error}");
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
    let asked = read(arguments)?;
    let outcomes = try_all(&asked)?;
    let figures = Figures::new(&outcomes);
    println!("{figures}");
    if asked.writes {
        write(&figures)?;
    }
    let problems: Vec<_> = outcomes.iter().flat_map(Outcome::problems).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\nfaults: ").into())
    }
}

fn read(mut arguments: Arguments) -> Result<Asked, UsageError> {
    let calls = arguments.count("--calls", 2_000)?;
    let overload = arguments.seconds("--overload", Duration::from_mins(1))?;
    let writes = arguments.flag(&["--write"]);
    let named = arguments.rest()?;
    let faults: Vec<Fault> = named.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
    if writes && !faults.is_empty() {
        return Err(UsageError::new("--write takes all faults"));
    }
    Ok(Asked {
        faults: if faults.is_empty() { Fault::ALL.to_vec() } else { faults },
        calls,
        overload,
        writes,
    })
}

fn try_all(asked: &Asked) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let _alone = alone();
    let work = Work::lasting(Duration::from_millis(1));
    let protocols = [Protocol::Grpc, Protocol::HttpProtobuf];
    let trials = asked.faults.iter().flat_map(|&fault| {
        protocols.map(|protocol| Trial {
            fault,
            protocol,
            calls: asked.calls.into(),
            rounds: 2,
            work,
            timeout: Duration::from_secs(2),
            overload: asked.overload,
        })
    });
    let trials: Vec<_> = trials.collect();
    // Draws on standard error, and nothing where that is no terminal.
    let bar = ProgressBar::new(trials.len().try_into()?);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos} of {len}  {msg}, {elapsed}",
    )?);
    bar.enable_steady_tick(Duration::from_millis(500));
    let outcomes = trials.into_iter().map(|trial| {
        bar.set_message(format!("{} over {}", trial.fault.name(), trial.protocol));
        let outcome = trial.run(&mut CollectorProcess::absent(trial.protocol));
        bar.inc(1);
        outcome
    });
    let outcomes = outcomes.collect();
    bar.finish_and_clear();
    Ok(outcomes)
}

fn write(figures: &impl fmt::Display) -> Result<(), Box<dyn Error>> {
    let page = fs::read_to_string(PAGE)?;
    let page = with_part(&page, PART, &figures.to_string()).ok_or("docs/operations.md has no part for the figures")?;
    fs::write(PAGE, page)?;
    println!("\nwritten to docs/operations.md");
    Ok(())
}
