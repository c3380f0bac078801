//! The tables, each of which answers one question.

mod collector;
mod grid;
mod growth;
mod heap;
mod measured;
mod spans;

use crate::comparison::Effort;
use crate::failure::Failure;
use crate::report::{Bar, Budget};

/// A question, and how it is measured.
#[derive(Debug)]
pub struct Section {
    /// Its name on the command line, and that of its part of the page.
    pub name: &'static str,
    /// What its tables show, in a line.
    pub title: &'static str,
    /// Measures it.
    pub measure: fn(&Section, Effort) -> Result<Findings, Failure>,
}

/// What a section has found.
#[derive(Debug, Default)]
pub struct Findings {
    /// In Markdown.
    pub text: String,
    /// What budgets there are for it.
    pub budgets: Vec<Budget>,
    /// For a chart, where there is one.
    pub bars: Vec<Bar>,
}

/// Every section, in the order of the page.
pub const ALL: [Section; 11] = [
    Section {
        name: "steps",
        title: "A step: one span, and nothing around it",
        measure: spans::steps,
    },
    Section {
        name: "handlers",
        title: "A handler: a span inside a step that is open",
        measure: spans::handlers,
    },
    Section {
        name: "polls",
        title: "An asynchronous step, by how often it is polled",
        measure: spans::polls,
    },
    Section {
        name: "depth",
        title: "A span, by how many are nested in each other",
        measure: spans::depth,
    },
    Section {
        name: "attributes",
        title: "A step with six attributes more, by their type",
        measure: spans::attributes,
    },
    Section {
        name: "threads",
        title: "A step, by how many threads have them at once",
        measure: spans::threads,
    },
    Section {
        name: "collector",
        title: "CPU time of the whole process for each span that a collector received",
        measure: collector::measure,
    },
    Section {
        name: "steps-per-task",
        title: "A step, by how many steps its task has",
        measure: growth::steps_per_task,
    },
    Section {
        name: "namespaces",
        title: "A step, by how many namespaces there are",
        measure: growth::namespaces,
    },
    Section {
        name: "memory",
        title: "What a span allocates, and what it holds while it is open",
        measure: heap::memory,
    },
    Section {
        name: "futures",
        title: "The size of an asynchronous function's future",
        measure: heap::futures,
    },
];
