//! The budgets of the comparison.

use anyhow::{Context, Result};

use super::Findings;
use crate::report::{Table, number};
use crate::subject::Subject::{
    self, Fastrace, Instrument, InstrumentLeanest, InstrumentNoSubscriber, InstrumentUnsampled, NoSubscriber, Sampled,
    Unsampled,
};

/// The limit of cells of a subject, or of their ratios to another cell. The worst cell counts.
struct Budget {
    section: &'static str,
    what: &'static str,
    /// A subject and its columns.
    of: (Subject, &'static [usize]),
    to: Option<(Subject, usize)>,
    limit: Limit,
}

enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

macro_rules! budgets {
    ($($section:literal $what:literal: $of:ident $columns:tt $(/ $to:ident[$other:literal])? $bound:ident($limit:literal);)*) => {
        &[$(Budget {
            section: $section,
            what: $what,
            of: ($of, &$columns),
            to: [$(($to, $other))?].first().copied(),
            limit: Limit::$bound($limit),
        },)*]
    };
}

const BUDGETS: &[Budget] = budgets! {
    "steps" "a step": Sampled[0] / Instrument[0] AtMost(0.1);
    "steps" "a step": Sampled[0] / Fastrace[0] AtMost(0.33);
    "handlers" "a handler": Sampled[0] / Instrument[0] AtMost(0.06);
    "handlers" "a handler": Sampled[0] / Fastrace[0] AtMost(0.33);
    "polls" "100 polls": Sampled[2] / InstrumentLeanest[2] AtMost(0.25);
    "steps" "a step": InstrumentUnsampled[0] / Unsampled[0] AtLeast(15.0);
    "handlers" "a handler": InstrumentUnsampled[0] / Unsampled[0] AtLeast(40.0);
    "steps" "a step": NoSubscriber[0] / InstrumentNoSubscriber[0] AtMost(1.0);
    "polls" "100 polls": NoSubscriber[2] / InstrumentNoSubscriber[2] AtMost(1.2);
    "threads" "a step on 2 to 16 threads, of 1": Sampled[1, 2, 3, 4] / Sampled[0] AtMost(1.0);
    "threads" "a step on 2 to 16 threads, of 1": Unsampled[1, 2, 3, 4] / Unsampled[0] AtMost(1.0);
    "collector" "CPU time, exported over gRPC": Sampled[0] / Instrument[0] AtMost(0.15);
    "collector" "CPU time, exported over gRPC": Sampled[0] / InstrumentLeanest[0] AtMost(0.25);
    "collector" "CPU time, exported over gRPC": Sampled[0] / Fastrace[0] AtMost(0.25);
    "collector-http" "CPU time, exported over HTTP": Sampled[0] / Instrument[0] AtMost(0.15);
    "collector-http" "CPU time, exported over HTTP": Sampled[0] / InstrumentLeanest[0] AtMost(0.25);
    "collector-http" "CPU time, exported over HTTP": Sampled[0] / Fastrace[0] AtMost(0.25);
    "memory" "allocations": Sampled[0] AtMost(0.0);
    "memory" "bytes of an open span": Sampled[1] AtMost(600.0);
    "memory" "bytes of an open span": Unsampled[1] AtMost(600.0);
    "futures" "bytes of a future with references only": Sampled[0] / Instrument[0] AtMost(1.0);
    "futures" "bytes of a future that keeps 512": Sampled[1] / Instrument[1] AtMost(1.0);
};

/// The budgets of the sections that were measured.
pub(super) fn table(measured: &[Findings]) -> Result<Table> {
    let mut table = Table::new(["budget", "of", "to", "allowed", "measured", "quartiles", "holds"]);
    for budget in BUDGETS {
        if let Some(findings) = measured.iter().find(|findings| findings.section.name == budget.section) {
            table.row(budget.row(findings).context(budget.what)?);
        }
    }
    Ok(table)
}

impl Budget {
    fn row(&self, findings: &Findings) -> Option<[String; 7]> {
        let to = match self.to {
            Some((subject, column)) => Some(findings.series(subject, column)?),
            None => None,
        };
        let cells = self
            .of
            .1
            .iter()
            .filter_map(|column| findings.series(self.of.0, *column));
        let cells = cells.map(|of| to.map_or_else(|| of.clone(), |to| of.ratios(to)).quartiles());
        let worst = |a: &[f64; 3], b: &[f64; 3]| a[1].total_cmp(&b[1]);
        let (sign, limit, [low, median, high]) = match self.limit {
            Limit::AtMost(limit) => ("≤", limit, cells.max_by(worst)?),
            Limit::AtLeast(limit) => ("≥", limit, cells.min_by(worst)?),
        };
        let holds = if sign == "≤" {
            median <= limit
        } else {
            median >= limit
        };
        let unit = if to.is_some() { " ×" } else { "" };
        Some([
            self.what.to_owned(),
            self.of.0.label().to_owned(),
            self.to.map_or("", |(subject, _)| subject.label()).to_owned(),
            format!("{sign} {}{unit}", number(limit)),
            format!("{}{unit}", number(median)),
            format!("{}–{}", number(low), number(high)),
            if holds { "yes" } else { "**no**" }.to_owned(),
        ])
    }
}
