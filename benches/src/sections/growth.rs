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
    let scenarios = [10, 1_000, 100_000].map(Scenario::StepsPerTask);
    let mut grid = Grid::new(["10 steps", "1,000 steps", "100,000 steps"]);
    for subject in [Subject::Kept, Subject::Dropped, BASELINE] {
        grid.row(subject, &scenarios);
    }
    // A turn has as many steps as the largest task, however short it should be.
    let effort = Effort {
        rounds: effort.rounds.div_ceil(4),
        ..effort
    };
    let measured = grid.measure(section.name, Clock::Wall, effort, |_| Ok(()))?;
    Ok(Findings {
        text: with_count(&measured.growth(), &measured),
        ..Findings::default()
    })
}

pub(super) fn namespaces(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    let counts = [1, 100, 10_000];
    let mut grid = Grid::new(["1 namespace", "100 namespaces", "10,000 namespaces"]);
    for subject in [Subject::KeptBySampling, Subject::Dropped] {
        // The rates are a process's, so that each number of them has its own.
        let cells = counts.map(|namespaces| Cell {
            worker: grid.role(subject, namespaces, Destination::Nowhere),
            scenario: Scenario::Namespaces(namespaces),
        });
        grid.cells(subject.label(), subject, cells.to_vec());
    }
    let instrumented = counts.map(Scenario::Namespaces);
    grid.row(BASELINE, &instrumented);
    let measured = grid.measure(section.name, Clock::Wall, effort, |_| Ok(()))?;
    Ok(Findings {
        text: with_count(&measured.growth(), &measured),
        ..Findings::default()
    })
}
