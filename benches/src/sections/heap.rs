//! Memory: of spans, and of the futures that they stand around.

use std::process::Command;

use super::{Findings, Section};
use crate::calls::CALLS;
use crate::comparison::{Effort, Spread};
use crate::failure::Failure;
use crate::heap::Usage;
use crate::instrumentation::{Fastrace, Instrument, Instrumentation, OpenTelemetry, Ours, Plain};
use crate::report::{Budget, Limit, Progress, Table, bytes, count};
use crate::subject::Subject;

pub(super) fn memory(section: &Section, _: Effort) -> Result<Findings, Failure> {
    let subjects = [
        Subject::Kept,
        Subject::SampledAmongRates,
        Subject::Dropped,
        Subject::Off,
        Subject::Instrument,
        Subject::LeanInstrument,
        Subject::DroppedInstrument,
        Subject::OpenTelemetry,
        Subject::Fastrace,
    ];
    let progress = Progress::begin(section.name, 9);
    let mut table = Table::new(["", "allocations per span", "held by an open span"]);
    let mut usages = Vec::new();
    for subject in subjects {
        let usage = usage(subject)?;
        table.row([subject.label().to_owned(), count(usage.allocations), bytes(usage.held)]);
        usages.push((subject, usage));
        progress.turned();
    }
    progress.end();
    let allocations = |wanted| {
        let usage = usages.iter().find(|(subject, _)| *subject == wanted);
        usage.map_or(f64::NAN, |(_, usage)| usage.allocations)
    };
    Ok(Findings {
        text: table.to_string(),
        budgets: vec![Budget {
            what: "allocations of a kept step, of `#[instrument]` with the default layer",
            limit: Limit::AtMost(0.5),
            measured: exactly(allocations(Subject::Kept) / allocations(Subject::Instrument)),
        }],
        ..Findings::default()
    })
}

/// Runs the command that has the counting allocator, which would slow everything else down.
fn usage(subject: Subject) -> Result<Usage, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "tasker-span-benches", "--bin", "heap"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    command
        .args(["--", subject.name()])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().map_err(Failure::of("running `heap`"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("`heap` has failed: {error}")));
    }
    String::from_utf8_lossy(&output.stdout).parse()
}

pub(super) fn futures(section: &Section, _: Effort) -> Result<Findings, Failure> {
    let progress = Progress::begin(section.name, 1);
    let (ours, theirs) = (sizes::<Ours>()?, sizes::<Instrument>()?);
    let mut table = Table::new(["", "references only", "512 bytes by value"]);
    for (label, sizes) in [
        ("a plain function", sizes::<Plain>()?),
        ("**ours**", ours),
        ("`#[instrument]`", theirs),
        ("OpenTelemetry API", sizes::<OpenTelemetry>()?),
        ("fastrace", sizes::<Fastrace>()?),
    ] {
        table.row([label.to_owned(), bytes(sizes.0), bytes(sizes.1)]);
    }
    progress.turned();
    progress.end();
    Ok(Findings {
        text: table.to_string(),
        budgets: vec![Budget {
            what: "size of a future, of `#[instrument]`'s: the worse of two",
            limit: Limit::AtMost(1.0),
            measured: exactly(f64::max(ours.0 / theirs.0, ours.1 / theirs.1)),
        }],
        ..Findings::default()
    })
}

/// In bytes, of futures that were never polled.
fn sizes<I: Instrumentation>() -> Result<(f64, f64), Failure> {
    let call = &CALLS[0];
    let bytes = |size| {
        u32::try_from(size)
            .map(f64::from)
            .map_err(Failure::of("measuring a future"))
    };
    let (small, large) = (I::polled(call, 1), I::carrying(call, [0; 512]));
    Ok((bytes(size_of_val(&small))?, bytes(size_of_val(&large))?))
}

fn exactly(value: f64) -> Spread {
    Spread {
        low: value,
        median: value,
        high: value,
    }
}
