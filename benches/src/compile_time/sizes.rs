//! How much the compiler makes of the annotations.

use std::fmt;

use super::cargo::Lines;
use super::project::{MODULES, PER_MODULE, Project};
use super::variant::Variant;
use crate::failure::Failure;
use crate::report::{Progress, Table, factor, float, whole};

/// The sizes of all variants.
#[derive(Debug)]
pub(super) struct Sizes {
    plain: Lines,
    ours: Annotated,
    instrument: Annotated,
}

/// Of annotated functions, in a program that records their spans.
#[derive(Debug)]
struct Annotated {
    lines: Lines,
    program: u64,
    /// Without the annotations, but with the telemetry.
    telemetry: u64,
}

impl Sizes {
    pub(super) fn take(project: &Project) -> Result<Self, Failure> {
        let progress = Progress::begin("compile size", 3);
        let plain = project.lines(Variant::PLAIN)?;
        progress.turned();
        let ours = Annotated::take(project, Variant::OURS, Variant::OUR_TELEMETRY)?;
        progress.turned();
        let instrument = Annotated::take(project, Variant::INSTRUMENT, Variant::OTHER_TELEMETRY)?;
        progress.turned();
        progress.end();
        Ok(Self {
            plain,
            ours,
            instrument,
        })
    }
}

impl Annotated {
    fn take(project: &Project, variant: Variant, telemetry: Variant) -> Result<Self, Failure> {
        Ok(Self {
            lines: project.lines(variant)?,
            program: project.program(variant)?,
            telemetry: project.program(telemetry)?,
        })
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            plain,
            ours,
            instrument,
        } = self;
        let mut table = Table::new(["for one annotated function", "**ours**", "`#[instrument]`", "ratio"]);
        let mut row = |what: &str, ours: f64, instrument: f64| {
            let cells = [
                whole(ours),
                whole(instrument),
                format!("{} ×", factor(ours / instrument)),
            ];
            table.row([what.to_owned()].into_iter().chain(cells));
        };
        let [ours_mir, instrument_mir] = [ours, instrument].map(|of| per_function(of.lines.mir, plain.mir));
        row("expanded code, in lines of MIR", ours_mir, instrument_mir);
        let [ours_llvm, instrument_llvm] = [ours, instrument].map(|of| per_function(of.lines.llvm, plain.llvm));
        row("generated code, in lines of LLVM IR", ours_llvm, instrument_llvm);
        let [ours_bytes, instrument_bytes] = [ours, instrument].map(|of| per_function(of.program, of.telemetry));
        row("machine code and data, in bytes", ours_bytes, instrument_bytes);
        writeln!(f, "{table}")?;
        let mut table = Table::new([
            "stripped release program, in bytes",
            "**ours**",
            "`#[instrument]`",
            "ratio",
        ]);
        let mut row = |what: &str, ours: u64, instrument: u64| {
            let [ours, instrument] = [ours, instrument].map(float);
            let cells = [
                whole(ours),
                whole(instrument),
                format!("{} ×", factor(ours / instrument)),
            ];
            table.row([what.to_owned()].into_iter().chain(cells));
        };
        row("with 300 annotated functions", ours.program, instrument.program);
        row(
            "with the telemetry, and no annotation",
            ours.telemetry,
            instrument.telemetry,
        );
        write!(f, "{table}")
    }
}

/// What an annotation adds.
fn per_function(with: u64, without: u64) -> f64 {
    const FUNCTIONS: usize = MODULES * PER_MODULE;
    (float(with) - float(without)) / float(FUNCTIONS.try_into().unwrap_or(u64::MAX))
}
