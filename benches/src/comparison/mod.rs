//! The comparison of all subjects in one run: its sections, tables and budgets.

mod budget;
mod rounds;
mod sections;
mod series;
mod sizes;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

pub(crate) use self::sections::ALL as SECTIONS;
use self::series::Series;
use crate::process::Process;
use crate::report::{Table, machine, number, part};
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::telemetry::{Destination, Wire};
use crate::worker::Role;

/// The options of the comparison.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// The length of a turn.
    pub(crate) turn: Duration,
    pub(crate) sections: Vec<String>,
}

/// A table: a row for each subject, a column for each value of what is varied.
pub(crate) struct Section {
    /// On the command line, and of its part of the page.
    pub(crate) name: &'static str,
    subjects: &'static [Subject],
    columns: Columns,
    measure: Measure,
    clock: Clock,
    base: Base,
}

enum Columns {
    Named(&'static [(&'static str, Scenario)]),
    /// What is varied, its values, and the scenario of each.
    Numbered(&'static str, &'static [u32], fn(u32) -> Scenario),
}

enum Clock {
    /// The time of the calling thread.
    Wall,
    /// The CPU time of the process.
    Cpu,
}

enum Measure {
    /// Spans are discarded, or go to a collector, behind a queue of the SDK's length or another.
    Turns {
        queue: Option<usize>,
        collector: Option<Wire>,
    },
    /// Allocations and bytes, one for each column.
    Sizes(fn(Subject) -> Result<[f64; 2]>),
}

/// The value that a cell is compared with.
enum Base {
    /// That of `#[instrument]` with the default layer in the same column.
    Instrument,
    FirstColumn,
}

/// The values of a section, by subject and column: nanoseconds per span, or sizes.
struct Findings {
    section: &'static Section,
    values: Vec<Vec<Series>>,
    note: String,
}

/// Measures sections, and prints their tables and budgets.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut sections: Vec<&'static Section> = Vec::new();
    for name in &options.sections {
        let section = SECTIONS.iter().find(|section| section.name == *name);
        sections.push(section.with_context(|| format!("there is no section `{name}`: see --help"))?);
    }
    if sections.is_empty() {
        sections.extend(SECTIONS);
    }
    part("machine", &machine()?);
    let mut all = Vec::new();
    for section in sections {
        let begun = Instant::now();
        let findings = section.measure(options).context(section.name)?;
        eprintln!("{}: measured in {:.1?}", section.name, begun.elapsed());
        println!("## {}\n", section.name);
        part(section.name, &format!("{}\n{}", findings.table(), findings.note));
        all.push(findings);
    }
    println!("## budgets\n");
    part("budgets", &budget::table(&all)?);
    Ok(())
}

impl Section {
    fn measure(&'static self, options: &Options) -> Result<Findings> {
        let (queue, collector) = match self.measure {
            Measure::Turns { queue, collector } => (queue, collector),
            Measure::Sizes(sizes) => {
                let row = |subject: &Subject| Ok(sizes(*subject)?.map(Series::exact).to_vec());
                let values: Result<_> = self.subjects.iter().map(row).collect();
                return Ok(self.found(values?, ""));
            }
        };
        let (mut receiver, mut destination) = (None, Destination::Discard);
        if let Some(wire) = collector {
            let process = receiver.insert(Process::start(&["receiver"], &[])?);
            destination = Destination::Collector(process.answer()?, wire);
        }
        let columns = self.columns.all();
        let cells = self
            .subjects
            .iter()
            .flat_map(|subject| columns.iter().map(move |column| (subject, column)));
        let cells = cells.map(|(subject, (_, scenario))| (Role::new(*subject, &destination, *scenario), *scenario));
        let mut spans = 0;
        let times = rounds::measure(&cells.collect::<Vec<_>>(), queue, options, |answer| {
            spans += answer.exported;
            let arrived: u64 = receiver.as_mut().map_or(Ok(spans), |receiver| receiver.ask(()))?;
            ensure!(arrived == spans, "{arrived} spans have arrived of {spans}");
            Ok(())
        })?;
        let times = times.into_iter().map(|[wall, cpu]| match self.clock {
            Clock::Wall => wall,
            Clock::Cpu => cpu,
        });
        let times: Vec<Series> = times.collect();
        let values = times.chunks(columns.len()).map(<[Series]>::to_vec).collect();
        Ok(self.found(values, &format!("{spans} spans were to be exported, and were.")))
    }

    fn found(&'static self, values: Vec<Vec<Series>>, note: &str) -> Findings {
        Findings {
            section: self,
            values,
            note: note.to_owned(),
        }
    }
}

impl Columns {
    fn all(&self) -> Vec<(String, Scenario)> {
        match *self {
            Self::Named(columns) => columns
                .iter()
                .map(|&(name, scenario)| (name.to_owned(), scenario))
                .collect(),
            Self::Numbered(_, values, scenario) => values
                .iter()
                .map(|&value| (number(value.into()), scenario(value)))
                .collect(),
        }
    }
}

impl Findings {
    fn series(&self, subject: Subject, column: usize) -> Option<&Series> {
        let row = self.section.subjects.iter().position(|other| *other == subject)?;
        self.values[row].get(column)
    }

    /// Cells of a median, its quartiles if they fit, and its ratio to the base.
    fn table(&self) -> Table {
        let varied = if let Columns::Numbered(varied, ..) = self.section.columns {
            varied
        } else {
            ""
        };
        let columns = self.section.columns.all().into_iter().map(|(name, _)| name);
        let mut table = Table::new([varied.to_owned()].into_iter().chain(columns));
        for (subject, row) in self.section.subjects.iter().zip(&self.values) {
            let cells = row.iter().enumerate().map(|(column, series)| {
                let [low, median, high] = series.quartiles().map(number);
                let quartiles = if row.len() > 2 || low == high {
                    String::new()
                } else {
                    format!(" ({low}–{high})")
                };
                let base = match self.section.base {
                    Base::Instrument => self.series(Subject::Instrument, column),
                    Base::FirstColumn => row.first(),
                };
                let base = base.filter(|base| *base != series);
                let ratio = base.map(|base| format!(" · {} ×", number(series.ratios(base).median())));
                format!("{median}{quartiles}{}", ratio.unwrap_or_default())
            });
            table.row([subject.label().to_owned()].into_iter().chain(cells));
        }
        table
    }
}
