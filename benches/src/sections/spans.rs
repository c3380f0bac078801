//! What a span costs, by what it is and where it stands.

use super::grid::{Clock, Grid};
use super::measured::Measured;
use super::{Findings, Section};
use crate::comparison::Effort;
use crate::failure::Failure;
use crate::report::{Budget, Limit, Table};
use crate::scenario::{Kind, Scenario};
use crate::subject::Subject;

/// What a user would write otherwise.
pub(super) const BASELINE: Subject = Subject::Instrument;

/// What is compared where much else is varied.
const MAIN: [Subject; 7] = [
    Subject::Kept,
    Subject::Dropped,
    BASELINE,
    Subject::LeanInstrument,
    Subject::DroppedInstrument,
    Subject::OpenTelemetry,
    Subject::Fastrace,
];

pub(super) fn steps(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let mut grid = Grid::new(["a step"]);
    for subject in [
        Subject::Kept,
        Subject::SampledAmongRates,
        Subject::Dropped,
        Subject::Off,
        BASELINE,
        Subject::LeanInstrument,
        Subject::DroppedInstrument,
        Subject::DroppedLeanInstrument,
        Subject::OffInstrument,
        Subject::OpenTelemetry,
        Subject::Fastrace,
        Subject::Plain,
    ] {
        grid.row(subject, &[Scenario::Steps]);
    }
    let measured = measure(section, grid, effort)?;
    Ok(Findings {
        text: with_count(&measured.single(BASELINE), &measured),
        bars: measured.bars(BASELINE),
        budgets: vec![
            Budget {
                what: "no subscriber, of `#[instrument]` without one",
                limit: Limit::AtMost(1.0),
                measured: measured.ratio(Subject::Off, Subject::OffInstrument)?,
            },
            Budget {
                what: "`#[instrument]` under `AlwaysOff`, of a dropped step",
                limit: Limit::AtLeast(50.0),
                measured: measured.ratio(Subject::DroppedInstrument, Subject::Dropped)?,
            },
            Budget {
                what: "a kept step, of `#[instrument]` with the default layer",
                limit: Limit::AtMost(0.6),
                measured: measured.ratio(Subject::Kept, BASELINE)?,
            },
            Budget {
                what: "a kept step, of `#[instrument]` with the leanest layer",
                limit: Limit::AtMost(1.0),
                measured: measured.ratio(Subject::Kept, Subject::LeanInstrument)?,
            },
        ],
    })
}

pub(super) fn handlers(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let mut grid = Grid::new(["a handler"]);
    for subject in MAIN {
        if subject.is_ours() {
            let label = format!("{}, attributes from its argument", subject.label());
            grid.labelled(&label, subject, &[Scenario::Handlers]);
            let label = format!("{}, attributes by `inherit`", subject.label());
            grid.labelled(&label, subject, &[Scenario::InheritingHandlers]);
        } else {
            grid.row(subject, &[Scenario::Handlers]);
        }
    }
    grid.row(Subject::DroppedLeanInstrument, &[Scenario::Handlers]);
    let measured = measure(section, grid, effort)?;
    Ok(Findings {
        text: with_count(&measured.single(BASELINE), &measured),
        bars: measured.bars(BASELINE),
        ..Findings::default()
    })
}

pub(super) fn polls(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let polls = [1, 10, 100];
    let headings = polls.map(|polls| {
        if polls == 1 {
            "1 poll".to_owned()
        } else {
            format!("{polls} polls")
        }
    });
    let scenarios = polls.map(Scenario::Polled);
    let mut others = MAIN.to_vec();
    others.extend([Subject::Off, Subject::OffInstrument, Subject::Plain]);
    varied(section, Grid::new(headings), &others, &scenarios, effort)
}

pub(super) fn depth(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let depths = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let grid = Grid::new(depths.map(|depth| depth.to_string()));
    varied(section, grid, &MAIN, &depths.map(Scenario::Nested), effort)
}

pub(super) fn attributes(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let scenarios = [
        Scenario::Steps,
        Scenario::With(Kind::Uuid),
        Scenario::With(Kind::Str),
        Scenario::With(Kind::String),
        Scenario::With(Kind::Integer),
    ];
    let grid = Grid::new(["none more", "`Uuid`", "`&str`", "`String`", "`i32`"]);
    varied(section, grid, &MAIN, &scenarios, effort)
}

pub(super) fn threads(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let threads = [1, 2, 4, 8, 16];
    let mut grid = Grid::new(threads.map(|threads| threads.to_string()));
    // Room for what all of them do in a turn.
    grid.queue = Some(20_000);
    varied(section, grid, &MAIN, &threads.map(Scenario::Threads), effort)
}

fn varied(
    section: &Section,
    mut grid: Grid,
    subjects: &[Subject],
    scenarios: &[Scenario],
    effort: Effort,
) -> Result<Findings, Failure> {
    for subject in subjects {
        grid.row(*subject, scenarios);
    }
    let measured = measure(section, grid, effort)?;
    Ok(Findings {
        text: with_count(&measured.matrix(BASELINE), &measured),
        ..Findings::default()
    })
}

fn measure(section: &Section, grid: Grid, effort: Effort) -> Result<Measured, Failure> {
    grid.measure(section.name, Clock::Wall, effort, |_| Ok(()))
}

/// Adds what was checked.
pub(super) fn with_count(table: &Table, measured: &Measured) -> String {
    format!(
        "{table}\n{} spans were to be exported, and were.\n",
        measured.exported()
    )
}
