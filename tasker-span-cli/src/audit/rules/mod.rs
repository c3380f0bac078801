//! The rules, one file each. A code never changes its meaning: baselines and comments name it.

mod allows;
mod debug_argument;
mod empty_field;
mod endless_loop;
mod guard_over_await;
mod missing;
mod payload;
mod spawn;
mod subject_without_span;
mod undeclared_record;
mod unrecorded_error;
mod unsigned;

use super::finding::{Finding, Severity};
use super::identity::About;
use super::model::{Function, Site};
use super::world::World;

pub(super) use payload::{is_harmless, is_text, reason as payload_reason};

pub use allows::{ALLOW_UNKNOWN, ALLOW_UNUSED, ALLOW_WITHOUT_REASON};

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name.
    pub code: &'static str,
    /// What it finds, in a line.
    pub title: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// Looks at a site.
    pub(super) check: fn(&Context<'_>, &mut Found<'_>),
}

/// All rules, the worst first: errors, warnings, notes.
pub static RULES: &[Rule] = &[
    payload::ARGUMENT,
    payload::FIELD,
    guard_over_await::RULE,
    undeclared_record::RULE,
    debug_argument::RULE,
    missing::CORRELATION,
    missing::TASK,
    missing::STEP,
    missing::NAMESPACE,
    unrecorded_error::RULE,
    empty_field::RULE,
    unsigned::RULE,
    spawn::RULE,
    endless_loop::RULE,
    ALLOW_WITHOUT_REASON,
    ALLOW_UNKNOWN,
    ALLOW_UNUSED,
    subject_without_span::RULE,
];

/// Finds a rule.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// The place of a rule among all, by which findings are sorted.
pub fn rank(code: &str) -> usize {
    RULES.iter().position(|rule| rule.code == code).unwrap_or(RULES.len())
}

/// What a rule looks at.
pub(super) struct Context<'a> {
    pub(super) function: &'a Function,
    pub(super) site: &'a Site,
    pub(super) about: About,
    pub(super) world: &'a World<'a>,
    /// The site is the function's attribute, or the first span if it has none: findings about the body are said once.
    pub(super) is_first: bool,
}

/// The findings of a rule.
pub(super) struct Found<'a> {
    rule: &'static Rule,
    site: &'a Site,
    findings: &'a mut Vec<Finding>,
}

impl Found<'_> {
    /// At the site.
    pub(super) fn push(&mut self, message: String) {
        self.push_at(self.site.line, self.site.column, message);
    }

    /// At a line of the body.
    pub(super) fn push_at(&mut self, line: usize, column: usize, message: String) {
        self.findings.push(Finding {
            code: self.rule.code,
            severity: self.rule.severity,
            line,
            column,
            message,
        });
    }
}

/// Runs all rules on a site.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        (rule.check)(
            context,
            &mut Found {
                rule,
                site: context.site,
                findings: &mut findings,
            },
        );
    }
    findings
}
