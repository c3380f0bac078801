//! A finding, and what it is told apart by.

use super::identity::How;
use super::model::{Function, Kind, Site};
use super::suggest::Suggestion;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Data leaks, or traces are wrong.
    Error,
    /// A trace lacks something.
    Warning,
    /// Worth a look.
    Note,
}

impl Severity {
    /// As reports show it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that a site lacks, leaks or forgets.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's code.
    pub code: &'static str,
    /// The rule's severity.
    pub severity: Severity,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, and what to write.
    pub message: String,
}

/// A span, or a function that should have one, with its findings.
#[derive(Debug)]
pub struct SiteReport<'a> {
    /// The crate.
    pub package: &'a str,
    /// The file.
    pub file: &'a str,
    /// The function.
    pub function: &'a Function,
    /// What writes the span.
    pub kind: &'a Kind,
    /// Which of the function's sites it is; `None` if it has no span.
    pub index: Option<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The span's name.
    pub name: Option<&'a str>,
    /// By what it has `correlation_id`, `task_uuid`, `step_uuid` and `namespace`.
    pub ids: [Option<How>; 4],
    /// The span is about a task or step.
    pub is_about_task: bool,
    /// The span is about a step.
    pub is_about_step: bool,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// How many findings a comment allows.
    pub allowed: usize,
    /// How many findings the baseline has.
    pub in_baseline: usize,
    /// What to write, or why the audit cannot say.
    pub suggestion: Result<Option<Suggestion>, String>,
}

impl<'a> SiteReport<'a> {
    /// The span; `None` if the function has none.
    pub fn site(&self) -> Option<&'a Site> {
        self.index.map(|index| &self.function.sites[index])
    }
}
