//! A collector's death in the middle of a run, and its return.

use super::control::Controlled;
use crate::collector::Behaviour;

/// Between two calls of the program.
///
/// It dies over a request that it has read and not answered: what it had answered before, the client knows. So it is certain
/// which spans it took.
pub(super) struct Killing<'a, C> {
    collector: &'a mut C,
    /// A quarter of the calls: so many go well, while it is away, and after its return.
    quarter: u64,
    stage: Stage,
}

enum Stage {
    Healthy,
    Dying { hung: u64 },
    Dead { since: u64 },
    Back { since: u64 },
}

impl<'a, C: Controlled> Killing<'a, C> {
    pub(super) fn new(calls: u64, collector: &'a mut C) -> Self {
        collector.behave(Behaviour::Take);
        Self {
            collector,
            quarter: calls.div_ceil(4),
            stage: Stage::Healthy,
        }
    }

    /// Whether there is to be another call after so many.
    pub(super) fn goes_on(&mut self, made: u64) -> bool {
        match self.stage {
            Stage::Healthy if made >= self.quarter => {
                let hung = self.collector.counts().hung;
                self.collector.behave(Behaviour::Hang);
                self.stage = Stage::Dying { hung };
            }
            Stage::Dying { hung } if self.collector.counts().hung > hung => {
                self.collector.kill();
                self.stage = Stage::Dead { since: made };
            }
            Stage::Dead { since } if made >= since + 2 * self.quarter => {
                self.collector.start();
                self.collector.behave(Behaviour::Take);
                self.stage = Stage::Back { since: made };
            }
            Stage::Back { since } => return made < since + self.quarter,
            _ => {}
        }
        true
    }
}
