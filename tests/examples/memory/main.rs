//! Prints what open spans take of the memory, and what scopes by the million leave of it.
//!
//! ```text
//! cargo run --release -p tasker-span-tests --example memory
//! cargo run --release -p tasker-span-tests --example memory -- --write
//! ```
//!
//! `--write` puts the figures into `docs/operations.md`.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::num::NonZero;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter};
use peak_alloc::PeakAlloc;
use tasker_span_runtime::{Sampling, Telemetry};
use tasker_span_tests::crowd::{Crowd, PerSpan};
use tasker_span_tests::faults::with_part;
use tasker_span_tests::program::{Arguments, UsageError};
use tasker_span_tests::scopes::{Left, Manner};

const USAGE: &str = "\
Prints what open spans take of the memory, and what scopes by the million leave of it.

usage: memory [--write]

  --write  puts the figures into docs/operations.md";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
const PART: &str = "memory";

const CROWD: Crowd = Crowd {
    tasks: 10_000,
    cancelled: NonZero::new(10).unwrap(),
};
const SCOPES: usize = 1_000_000;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The far end of a queue.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// What was measured under one sampling.
struct Measured {
    per_span: PerSpan,
    left: [Left; 3],
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = Arguments::of_process();
    if arguments.flag(&["--help", "-h"]) {
        println!("{USAGE}");
        return Ok(());
    }
    let writes = arguments.flag(&["--write"]);
    if let Some(more) = arguments.rest()?.first() {
        return Err(UsageError::new(format!("what is `{more}`?")).into());
    }
    let without = CROWD.run();
    // So small that what is in it does not count.
    let size = BatchConfigBuilder::default()
        .with_max_queue_size(256)
        .with_max_export_batch_size(64);
    let queue = BatchSpanProcessor::builder(Nowhere)
        .with_batch_config(size.build())
        .build();
    let telemetry = Telemetry::builder()
        .console_only()
        .console(tasker_span_runtime::Console::Off)
        .span_processor(queue);
    let telemetry = telemetry.install()?;
    let measure = |sampling| -> Result<_, tasker_span_runtime::Error> {
        telemetry.sampling().set(sampling)?;
        let per_span = CROWD.run().per_span(without, CROWD.tasks);
        let settle = || drop(telemetry.flush(Duration::from_mins(1)));
        let left = Manner::ALL.map(|manner| manner.measure(SCOPES, settle));
        Ok(Measured { per_span, left })
    };
    let (kept, dropped) = (measure(Sampling::new())?, measure(Sampling::new().task_rate(0.0))?);
    let table = table(&kept, &dropped)?;
    println!("{table}");
    if writes {
        let page = with_part(&fs::read_to_string(PAGE)?, PART, &table);
        fs::write(PAGE, page.ok_or("docs/operations.md has no part for the figures")?)?;
        println!("written to docs/operations.md");
    }
    Ok(())
}

fn table(kept: &Measured, dropped: &Measured) -> Result<String, std::fmt::Error> {
    let mut table = String::from("| bytes | kept | dropped |\n| --- | ---: | ---: |\n");
    let mut row = |what: &str, figure: &dyn Fn(&Measured) -> usize| {
        writeln!(table, "| {what} | {} | {} |", figure(kept), figure(dropped))
    };
    row("of an open span, of 40,000 in 10,000 tasks at once", &|of| {
        of.per_span.open
    })?;
    row("of these, still there when all tasks have ended", &|of| {
        of.per_span.left
    })?;
    for (index, manner) in Manner::ALL.iter().enumerate() {
        row(&format!("left of a million scopes, {manner}"), &|of| {
            of.left[index].grown
        })?;
    }
    Ok(table)
}
