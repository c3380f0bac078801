//! The times of a grid, and the tables that they make.

use super::grid::{Clock, Row};
use crate::comparison::{Cell, Results, Series, Spread, ratios};
use crate::failure::Failure;
use crate::report::{Bar, Table, factor, spread_of_factor, spread_of_time, time};
use crate::subject::Subject;

/// A grid with its times.
#[derive(Debug)]
pub(super) struct Measured {
    columns: Vec<String>,
    rows: Vec<Row>,
    clock: Clock,
    results: Results,
}

impl Measured {
    pub(super) fn new(columns: Vec<String>, rows: Vec<Row>, clock: Clock, results: Results) -> Self {
        Self {
            columns,
            rows,
            clock,
            results,
        }
    }

    /// Nanoseconds for each span, round by round.
    fn of(&self, cell: Cell) -> Series {
        self.by(self.clock, cell)
    }

    fn by(&self, clock: Clock, cell: Cell) -> Series {
        let results = match clock {
            Clock::Wall => &self.results.wall,
            Clock::Cpu => &self.results.cpu,
        };
        let spans = cell.scenario.spans_per_call();
        // A call has at most a few spans.
        let spans = f64::from(u32::try_from(spans).unwrap_or(u32::MAX));
        let calls = results.get(&cell).cloned().unwrap_or_default();
        Series(calls.0.into_iter().map(|time| time / spans).collect())
    }

    /// The first column of a subject's first row.
    pub(super) fn series(&self, subject: Subject) -> Series {
        let row = self.rows.iter().find(|row| row.subject == subject);
        let cell = row.and_then(|row| row.cells.first());
        cell.map(|cell| self.of(*cell)).unwrap_or_default()
    }

    /// How many times a subject costs what another does.
    pub(super) fn ratio(&self, of: Subject, to: Subject) -> Result<Spread, Failure> {
        let ratios = ratios(&self.series(of), &self.series(to));
        ratios.spread().ok_or_else(|| Failure::new("nothing was measured"))
    }

    /// One column in full: medians, quartiles, how many times the baseline that is, and what the processors did for it where
    /// that is another time.
    pub(super) fn single(&self, baseline: Subject) -> Table {
        let of_baseline = format!("× {}", baseline.label());
        let mut columns = vec!["", "median", "quartiles", &*of_baseline, "quartiles"];
        if self.clock == Clock::Wall {
            columns.push("CPU, all threads");
        }
        let mut table = Table::new(columns);
        let base = self.series(baseline);
        for row in &self.rows {
            let Some(&cell) = row.cells.first() else {
                continue;
            };
            let series = self.of(cell);
            let (Some(times), Some(ratio)) = (series.spread(), ratios(&series, &base).spread()) else {
                continue;
            };
            let mut cells = vec![
                row.label.clone(),
                time(times.median),
                spread_of_time(times),
                factor(ratio.median),
                spread_of_factor(ratio),
            ];
            if self.clock == Clock::Wall {
                cells.push(time(self.by(Clock::Cpu, cell).median()));
            }
            table.row(cells);
        }
        table
    }

    /// All columns: medians, and how many times the baseline's in the same column that is.
    pub(super) fn matrix(&self, baseline: Subject) -> Table {
        let base = self.rows.iter().find(|row| row.subject == baseline);
        self.table(|row, column| {
            let base = base.and_then(|base| base.cells.get(column)).copied();
            base.filter(|_| row.subject != baseline)
        })
    }

    /// All columns: medians, and how many times the row's own first that is.
    pub(super) fn growth(&self) -> Table {
        self.table(|row, column| row.cells.first().copied().filter(|_| column > 0))
    }

    fn table(&self, baseline: impl Fn(&Row, usize) -> Option<Cell>) -> Table {
        let columns = std::iter::once(String::new()).chain(self.columns.iter().cloned());
        let mut table = Table::new(columns);
        for row in &self.rows {
            let cells = row.cells.iter().enumerate().map(|(column, cell)| {
                let series = self.of(*cell);
                let median = time(series.median());
                match baseline(row, column) {
                    Some(base) => format!("{median} · {}", factor(ratios(&series, &self.of(base)).median())),
                    None => median,
                }
            });
            table.row(std::iter::once(row.label.clone()).chain(cells));
        }
        table
    }

    /// Each row's first column as a ratio, for a chart.
    pub(super) fn bars(&self, baseline: Subject) -> Vec<Bar> {
        let base = self.series(baseline);
        let rows = self.rows.iter().filter_map(|row| {
            let series = self.of(*row.cells.first()?);
            Some(Bar {
                // No Markdown in a drawing.
                label: row.label.replace(['*', '`'], ""),
                ratio: ratios(&series, &base).spread()?,
                is_ours: row.subject.is_ours(),
            })
        });
        rows.collect()
    }

    /// How many spans arrived, each where it was expected.
    pub(super) fn exported(&self) -> u64 {
        self.results.exported.values().sum()
    }
}
