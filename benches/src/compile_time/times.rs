//! How long Cargo takes: round by round, all variants in each, so that what disturbs one disturbs the others.

use std::fmt;

use super::cargo::Timed;
use super::project::Project;
use super::variant::Variant;
use crate::calls::SplitMix;
use crate::comparison::{Series, Spread, ratios};
use crate::failure::Failure;
use crate::report::{Budget, Limit, Progress, Table, factor, spread_of_factor, spread_of_time, time};

/// What is timed, in the order of the table's columns.
const VARIANTS: [Variant; 3] = [Variant::PLAIN, Variant::OURS, Variant::INSTRUMENT];
/// How much more time checking our annotations may take.
const BUDGET: f64 = 1.1;

/// The times of all rounds, in nanoseconds.
#[derive(Debug)]
pub(super) struct Times {
    rows: Vec<(Timed, [Series; VARIANTS.len()])>,
}

impl Times {
    pub(super) fn take(project: &Project, rounds: usize) -> Result<Self, Failure> {
        let mut rows: Vec<_> = Timed::ALL
            .map(|timed| (timed, <[Series; VARIANTS.len()]>::default()))
            .into();
        // Builds the dependencies, and fills the caches of incremental builds. Not timed.
        round(project, &mut rows, 0, &mut SplitMix::new(0))?;
        for (_, series) in &mut rows {
            *series = Default::default();
        }
        let progress = Progress::begin("compile time", rounds.try_into().unwrap_or(u64::MAX));
        let mut order = SplitMix::new(1);
        for revision in 1..=rounds {
            round(project, &mut rows, revision, &mut order)?;
            progress.turned();
        }
        progress.end();
        Ok(Self { rows })
    }
}

fn round(
    project: &Project,
    rows: &mut [(Timed, [Series; VARIANTS.len()])],
    revision: usize,
    order: &mut SplitMix,
) -> Result<(), Failure> {
    for (timed, series) in rows {
        let mut turns: Vec<_> = VARIANTS.iter().zip(series).collect();
        order.shuffle(&mut turns);
        for (variant, series) in turns {
            let took = project.time(*timed, *variant, revision)?;
            series.0.push(took.as_secs_f64() * 1e9);
        }
    }
    Ok(())
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new([
            "",
            "not annotated",
            "**ours**",
            "quartiles",
            "`#[instrument]`",
            "quartiles",
            "ratio",
            "quartiles",
        ]);
        let mut budgets = Vec::new();
        for (timed, [plain, ours, instrument]) in &self.rows {
            let [plain, to, of] = [plain, instrument, ours].map(spread);
            let ratio = spread(&ratios(ours, instrument));
            table.row([
                timed.title().to_owned(),
                time(plain.median),
                time(of.median),
                spread_of_time(of),
                time(to.median),
                spread_of_time(to),
                format!("{} ×", factor(ratio.median)),
                spread_of_factor(ratio),
            ]);
            if *timed == Timed::Check {
                budgets.push(Budget {
                    what: "`cargo check` of 300 functions, to `#[instrument]`",
                    limit: Limit::AtMost(BUDGET),
                    measured: ratio,
                });
            }
        }
        let rounds = self.rows.first().map_or(0, |(_, [plain, ..])| plain.0.len());
        writeln!(f, "{table}\nMedians of {rounds} rounds.\n\n{}", Budget::table(&budgets))
    }
}

/// There is at least one round.
fn spread(series: &Series) -> Spread {
    series.spread().unwrap_or(Spread {
        low: f64::NAN,
        median: f64::NAN,
        high: f64::NAN,
    })
}
