//! The budgets of the comparison.

use anyhow::{Context, Result};

use super::Findings;
use crate::report::{Table, number};
use crate::subject::Subject::{
    self, Instrument, InstrumentLeanest, InstrumentNoSubscriber, InstrumentUnsampled, NoSubscriber, Sampled, Unsampled,
};

/// The limit of a cell, or of its ratio to another cell.
struct Budget {
    section: &'static str,
    what: &'static str,
    /// A subject and a column.
    of: (Subject, usize),
    to: Option<(Subject, usize)>,
    limit: Limit,
}

enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

macro_rules! budgets {
    ($($section:literal $what:literal: $of:ident[$column:literal] $(/ $to:ident[$other:literal])? $bound:ident($limit:literal);)*) => {
        &[$(Budget {
            section: $section,
            what: $what,
            of: ($of, $column),
            to: [$(($to, $other))?].first().copied(),
            limit: Limit::$bound($limit),
        },)*]
    };
}

const BUDGETS: &[Budget] = budgets! {
    "steps" "no subscriber, of `#[instrument]` without one":
        NoSubscriber[0] / InstrumentNoSubscriber[0] AtMost(1.0);
    "steps" "`#[instrument]` under `AlwaysOff`, of an unsampled step":
        InstrumentUnsampled[0] / Unsampled[0] AtLeast(50.0);
    "steps" "a sampled step, of `#[instrument]` with the default layer":
        Sampled[0] / Instrument[0] AtMost(0.6);
    "steps" "a sampled step, of `#[instrument]` with the leanest layer":
        Sampled[0] / InstrumentLeanest[0] AtMost(1.0);
    "collector" "CPU time of an exported step, of `#[instrument]` with the default layer":
        Sampled[0] / Instrument[0] AtMost(0.8);
    "memory" "allocations of a sampled step, of `#[instrument]` with the default layer":
        Sampled[0] / Instrument[0] AtMost(0.5);
    "futures" "size of a future with references only, of `#[instrument]`'s":
        Sampled[0] / Instrument[0] AtMost(1.0);
    "futures" "size of a future that keeps 512 bytes, of `#[instrument]`'s":
        Sampled[1] / Instrument[1] AtMost(1.0);
};

/// The budgets of the sections that were measured.
pub(super) fn table(measured: &[Findings]) -> Result<Table> {
    let mut table = Table::new(["budget", "allowed", "measured", "quartiles", "holds"]);
    for budget in BUDGETS {
        if let Some(findings) = measured.iter().find(|findings| findings.section.name == budget.section) {
            table.row(budget.row(findings).context(budget.what)?);
        }
    }
    Ok(table)
}

impl Budget {
    fn row(&self, findings: &Findings) -> Option<[String; 5]> {
        let of = findings.series(self.of.0, self.of.1)?;
        let (values, unit) = match self.to {
            Some((subject, column)) => (of.ratios(findings.series(subject, column)?), " ×"),
            None => (of.clone(), ""),
        };
        let [low, median, high] = values.quartiles();
        let (sign, limit, holds) = match self.limit {
            Limit::AtMost(limit) => ("≤", limit, median <= limit),
            Limit::AtLeast(limit) => ("≥", limit, median >= limit),
        };
        Some([
            self.what.to_owned(),
            format!("{sign} {}{unit}", number(limit)),
            format!("{}{unit}", number(median)),
            format!("{}–{}", number(low), number(high)),
            if holds { "yes" } else { "**no**" }.to_owned(),
        ])
    }
}
