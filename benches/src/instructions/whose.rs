//! Whose the instructions of a case are.

use std::fmt::Write as _;

use super::callgrind;
use super::case::{Case, Times};
use super::charges::{Charged, Cost, charge};
use super::frames::Frames;
use super::owner::Owner;
use super::profile::{Function, Profile};
use crate::failure::Failure;
use crate::report::{Table, float, whole};

const TIMES: Times = Times {
    before: 1_000,
    counted: 2_000,
};
/// How many functions and symbols a list shows.
const SHOWN: usize = 60;

/// The profile of a case, with every instruction charged to somebody.
#[derive(Debug)]
pub(super) struct Whose {
    case: &'static Case,
    profile: Profile,
    /// The dearest first.
    charged: Vec<Charged>,
}

impl Whose {
    pub(super) fn of(case: &'static Case) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::of("finding this program"))?;
        let profile = callgrind::count(case, TIMES)?;
        let mut charged = charge(&profile, &Frames::of(&program)?, &program.to_string_lossy())?;
        charged.sort_by(|one, other| other.cost.total().total_cmp(&one.cost.total()));
        Ok(Self { case, profile, charged })
    }

    /// A table by crate.
    pub(super) fn by_owner(&self) -> String {
        let mut table = table(&self.case.title());
        let mut all = Cost::default();
        for owner in Owner::ALL {
            let mut cost = Cost::default();
            for charged in self.charged.iter().filter(|charged| charged.owner == owner) {
                cost.add(&charged.cost);
            }
            if cost.total() > 0.0 {
                self.row(&mut table, owner.title(), &cost);
            }
            all.add(&cost);
        }
        self.row(&mut table, "all", &all);
        table.to_string()
    }

    /// The same, and lists of functions and symbols.
    pub(super) fn everything(&self) -> String {
        let mut functions = table("function, with what is inlined into it and done for it");
        for charged in self.charged.iter().take(SHOWN) {
            self.row(
                &mut functions,
                &format!("{} `{}`", charged.owner.title(), charged.function),
                &charged.cost,
            );
        }
        let mut text = format!("{}\n{functions}\n", self.by_owner());
        let mut symbols: Vec<&Function> = self.profile.functions.iter().collect();
        symbols.sort_by_key(|function| std::cmp::Reverse(function.inclusive()));
        let mut table = Table::new(["symbol", "with all that it calls", "alone"]);
        for symbol in symbols.into_iter().take(SHOWN) {
            let [inclusive, exclusive] =
                [symbol.inclusive(), symbol.exclusive()].map(|count| whole(per_call(float(count))));
            table.row([format!("`{}`", symbol.demangled()), inclusive, exclusive]);
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{table}");
        text
    }

    fn row(&self, table: &mut Table, name: &str, cost: &Cost) {
        let count = |instructions: f64| whole(per_call(instructions));
        table.row([
            name.to_owned(),
            count(cost.own),
            count(cost.allocator),
            count(cost.memory),
            count(cost.library),
            count(cost.total()),
            format!("{:.1} %", 100.0 * cost.total() / float(self.profile.instructions())),
        ]);
    }
}

fn per_call(instructions: f64) -> f64 {
    instructions / f64::from(TIMES.counted)
}

fn table(title: &str) -> Table {
    Table::new([title, "own", "allocator", "memory", "library", "all", "share"])
}
