//! Whether a span costs more where there is more of something.

use super::grid::{Clock, Grid};
use super::spans::{BASELINE, with_count};
use super::{Findings, Section};
use crate::comparison::{Cell, Effort};
use crate::failure::Failure;
use crate::scenario::Scenario;
use crate::setup::Destination;
use crate::subject::Subject;

pub(super) fn steps_per_task(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let mut grid = Grid::new(["10 steps", "1,000 steps", "100,000 steps"]);
    for subject in [Subject::Kept, Subject::Dropped, BASELINE] {
        row(
            &mut grid,
            subject,
            [10, 1_000, 100_000].map(|steps| (Scenario::StepsPerTask(steps), 0)),
        );
    }
    // A turn has as many steps as the largest task, however short it should be.
    let effort = Effort {
        rounds: effort.rounds.div_ceil(4),
        ..effort
    };
    measure(section, grid, effort)
}

pub(super) fn namespaces(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let mut grid = Grid::new(["1 namespace", "100 namespaces", "10,000 namespaces"]);
    for subject in [Subject::SampledAmongRates, Subject::Dropped, BASELINE] {
        let counts = [1, 100, 10_000];
        row(
            &mut grid,
            subject,
            counts.map(|namespaces| (Scenario::Namespaces(namespaces), namespaces)),
        );
    }
    measure(section, grid, effort)
}

/// Adds a row in which each cell has a worker of its own: what there is much of stays where it is, and rates are a process's.
fn row(grid: &mut Grid, subject: Subject, cells: [(Scenario, u32); 3]) {
    let cells = cells.map(|(scenario, namespaces)| Cell {
        worker: grid.role(subject, namespaces, Destination::Nowhere),
        scenario,
    });
    grid.cells(subject.label(), subject, cells.to_vec());
}

fn measure(section: &Section, grid: Grid, effort: Effort) -> Result<Findings, Failure> {
    let measured = grid.measure(section.name, Clock::Wall, effort, |_| Ok(()))?;
    Ok(Findings {
        text: with_count(&measured.growth(), &measured),
        ..Findings::default()
    })
}
