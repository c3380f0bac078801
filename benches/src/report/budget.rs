//! What a span may cost, as a part of what it is compared with.

use super::number::{factor, spread_of_factor};
use super::table::Table;
use crate::comparison::Spread;

/// A budget, and what was measured.
#[derive(Clone, Debug)]
pub struct Budget {
    /// What is compared with what, in Markdown.
    pub what: &'static str,
    /// What the budget allows.
    pub limit: Limit,
    /// The ratio that was measured.
    pub measured: Spread,
}

/// What a ratio may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// This, or less.
    AtMost(f64),
    /// This, or more.
    AtLeast(f64),
}

impl Budget {
    /// Whether the median keeps to it.
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.measured.median <= limit,
            Limit::AtLeast(limit) => self.measured.median >= limit,
        }
    }

    /// All budgets as a table.
    pub fn table(budgets: &[Self]) -> Table {
        let mut table = Table::new(["budget", "allowed", "measured", "quartiles", "holds"]);
        for budget in budgets {
            let allowed = match budget.limit {
                Limit::AtMost(limit) => format!("≤ {limit} ×"),
                Limit::AtLeast(limit) => format!("≥ {limit} ×"),
            };
            table.row([
                budget.what.to_owned(),
                allowed,
                format!("{} ×", factor(budget.measured.median)),
                spread_of_factor(budget.measured),
                if budget.holds() { "yes" } else { "**no**" }.to_owned(),
            ]);
        }
        table
    }
}
