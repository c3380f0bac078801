//! How many instructions each case takes.

use std::fmt;

use super::callgrind;
use super::case::{Case, GROUPS, Group, Times};
use crate::failure::Failure;
use crate::report::{Progress, Table, factor, float, whole};

/// Calls that are counted the first time. The second time they are twice as many: what a process does once would show.
const CALLS: u32 = 1_000;
/// Calls before the counted ones: with them, all that a process makes once has been made.
const BEFORE: u32 = 1_000;
/// How far two counts of one case may be apart.
const TOLERANCE: f64 = 0.01;

/// The counts of all cases.
#[derive(Debug)]
pub(super) struct Counts {
    groups: Vec<(&'static Group, Vec<Count>)>,
}

/// Instructions of one call.
#[derive(Clone, Copy, Debug)]
struct Count {
    instructions: f64,
    /// How far the two runs were apart, as a part of the first.
    difference: f64,
}

impl Counts {
    pub(super) fn take() -> Result<Self, Failure> {
        let cases = GROUPS.iter().map(|group| group.cases.len()).sum::<usize>();
        let progress = Progress::begin("instructions", cases.try_into().unwrap_or(u64::MAX));
        let mut groups = Vec::new();
        for group in &GROUPS {
            let mut counts = Vec::new();
            for case in group.cases {
                counts.push(Count::take(case)?);
                progress.turned();
            }
            groups.push((group, counts));
        }
        progress.end();
        Ok(Self { groups })
    }

    fn largest_difference(&self) -> f64 {
        let counts = self.groups.iter().flat_map(|(_, counts)| counts);
        counts.map(|count| count.difference).fold(0.0, f64::max)
    }
}

impl Count {
    fn take(case: &Case) -> Result<Self, Failure> {
        let first = per_call(case, CALLS)?;
        let second = per_call(case, 2 * CALLS)?;
        let difference = (second / first - 1.0).abs();
        if difference > TOLERANCE {
            return Err(Failure::new(format!(
                "`{}` cannot be counted: {first:.1} instructions per call the first time, {second:.1} the second time",
                case.name
            )));
        }
        Ok(Self {
            instructions: second,
            difference,
        })
    }
}

fn per_call(case: &Case, counted: u32) -> Result<f64, Failure> {
    let profile = callgrind::count(
        case,
        Times {
            before: BEFORE,
            counted,
        },
    )?;
    Ok(float(profile.instructions()) / f64::from(counted))
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(["span", "instructions", "× `#[instrument]`", "case"]);
        for (group, counts) in &self.groups {
            let rows = group.cases.iter().zip(counts);
            let reference = rows.clone().find(|(case, _)| case.name == group.reference);
            let reference = reference.map_or(f64::NAN, |(_, count)| count.instructions);
            table.row([
                format!("**{}**", group.title),
                String::new(),
                String::new(),
                String::new(),
            ]);
            for (case, count) in rows {
                table.row([
                    case.title(),
                    whole(count.instructions),
                    factor(count.instructions / reference),
                    format!("`{}`", case.name),
                ]);
            }
        }
        let difference = 100.0 * self.largest_difference();
        writeln!(
            f,
            "{table}\nThe two counts of a case differ by {difference:.2} % at most."
        )
    }
}
