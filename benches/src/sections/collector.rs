//! What a span costs until a collector has it: recording, batching, encoding, sending.

use super::grid::{Clock, Grid};
use super::spans::BASELINE;
use super::{Findings, Section};
use crate::comparison::{Cell, Effort, Process};
use crate::failure::Failure;
use crate::report::{Budget, Limit};
use crate::scenario::Scenario;
use crate::setup::Destination;
use crate::subject::Subject;
use crate::worker::Answer;

pub(super) fn measure(section: &Section, effort: Effort) -> Result<Findings, Failure> {
    // A process of its own, so that what it takes to receive is not counted.
    let mut counter = Process::start(&["receiver".to_owned()], &[])?;
    let url = counter.answer()?;
    let mut grid = Grid::new(["a step"]);
    for subject in [
        Subject::Kept,
        BASELINE,
        Subject::LeanInstrument,
        Subject::OpenTelemetry,
        Subject::Fastrace,
    ] {
        let worker = grid.role(subject, 0, Destination::Collector(url.clone()));
        let cell = Cell {
            worker,
            scenario: Scenario::Steps,
        };
        grid.cells(subject.label(), subject, vec![cell]);
    }
    let mut expected = 0;
    let arrived = |answer: &Answer| {
        expected += answer.exported;
        let received = counter.ask("spans")?;
        if received == expected.to_string() {
            return Ok(());
        }
        let message = format!("the collector has received {received} spans where {expected} were sent");
        Err(Failure::new(message))
    };
    let measured = grid.measure(section.name, Clock::Cpu, effort, arrived)?;
    let table = measured.single(BASELINE);
    Ok(Findings {
        text: format!("{table}\n{expected} spans were sent, and received.\n"),
        budgets: vec![Budget {
            what: "CPU time of an exported step, of `#[instrument]` with the default layer",
            limit: Limit::AtMost(0.8),
            measured: measured.ratio(Subject::Kept, BASELINE)?,
        }],
        bars: measured.bars(BASELINE),
    })
}
