//! A table of times: a row for each thing that is compared, a column for each value of what is varied.

use super::measured::Measured;
use crate::comparison::{self, Cell, Effort};
use crate::failure::Failure;
use crate::report::Progress;
use crate::scenario::Scenario;
use crate::setup::Destination;
use crate::subject::Subject;
use crate::worker::{Answer, Role};

/// What is to be measured.
#[derive(Debug, Default)]
pub(super) struct Grid {
    roles: Vec<Role>,
    /// The length of the queue in front of the exporter, where that is not the SDK's.
    pub(super) queue: Option<u32>,
    rows: Vec<Row>,
    columns: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) subject: Subject,
    pub(super) cells: Vec<Cell>,
}

/// Which time is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// The caller's.
    Wall,
    /// The processors', for the whole process.
    Cpu,
}

impl Grid {
    /// A grid whose columns are headed so.
    pub(super) fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Adds a row of its subject's name.
    pub(super) fn row(&mut self, subject: Subject, scenarios: &[Scenario]) {
        self.labelled(subject.label(), subject, scenarios);
    }

    /// Adds a row of another name.
    pub(super) fn labelled(&mut self, label: &str, subject: Subject, scenarios: &[Scenario]) {
        let same = |role: &Role| role.subject == subject && role.namespaces == 0;
        let worker = self.roles.iter().position(same);
        let worker = worker.unwrap_or_else(|| self.role(subject, 0, Destination::Nowhere));
        let cells = scenarios.iter().map(|&scenario| Cell { worker, scenario });
        self.cells(label, subject, cells.collect());
    }

    /// Adds a worker.
    pub(super) fn role(&mut self, subject: Subject, namespaces: u32, destination: Destination) -> usize {
        self.roles.push(Role {
            subject,
            destination,
            namespaces,
        });
        self.roles.len() - 1
    }

    /// Adds a row of any cells.
    pub(super) fn cells(&mut self, label: &str, subject: Subject, cells: Vec<Cell>) {
        self.rows.push(Row {
            label: label.to_owned(),
            subject,
            cells,
        });
    }

    /// Measures all cells.
    pub(super) fn measure(
        self,
        section: &'static str,
        clock: Clock,
        effort: Effort,
        checked: impl FnMut(&Answer) -> Result<(), Failure>,
    ) -> Result<Measured, Failure> {
        let cells: Vec<Cell> = self.rows.iter().flat_map(|row| row.cells.iter().copied()).collect();
        let progress = Progress::begin(section, comparison::turns(cells.len(), effort));
        let results = comparison::run(&self.roles, self.queue, &cells, effort, checked, || progress.turned())?;
        progress.end();
        Ok(Measured::new(self.columns, self.rows, clock, results))
    }
}
