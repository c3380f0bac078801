//! What the documentation has of some outcomes.

use std::fmt;

use super::machine::machine;
use super::outcome::Outcome;
use super::table::{Table, grouped, megabytes, shown};

/// The table, and what stands around it.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'a> {
    outcomes: &'a [Outcome],
}

impl<'a> Figures<'a> {
    /// Of outcomes that were measured in this process.
    pub fn new(outcomes: &'a [Outcome]) -> Self {
        Self { outcomes }
    }

    fn most(&self, figure: impl Fn(&Outcome) -> usize) -> usize {
        self.outcomes.iter().map(figure).max().unwrap_or_default()
    }
}

impl fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Table(self.outcomes))?;
        let calls: u64 = self.outcomes.iter().map(|outcome| outcome.calls).sum();
        let returned: u64 = self.outcomes.iter().map(|outcome| outcome.returned).sum();
        writeln!(
            f,
            "- {} of {} calls returned their value.",
            grouped(returned),
            grouped(calls)
        )?;
        let (idle, held) = (self.most(|outcome| outcome.idle), self.most(|outcome| outcome.held));
        writeln!(
            f,
            "- At most {} were held, of which {} before the first span.",
            megabytes(held),
            megabytes(idle)
        )?;
        let kilobytes = self.most(|outcome| outcome.largest_request) / 1_000;
        writeln!(f, "- The largest request, of 512 spans, had {kilobytes} kB.")?;
        for outcome in self.outcomes {
            if let Some((emitted, taken)) = outcome.overload {
                writeln!(
                    f,
                    "- While there were too many spans over {}, {} came in addition to those of the calls, and {} were taken.",
                    shown(outcome.protocol),
                    grouped(emitted),
                    grouped(taken)
                )?;
            }
        }
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        write!(f, "- Measured on {}, {build} build.", machine())
    }
}
