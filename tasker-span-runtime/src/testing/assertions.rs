//! Assertions on [`Spans`], with messages that show the whole capture. The rules are in `check`.

use std::fmt::Write;
use std::sync::Arc;

use super::{CapturedSpan, Outline, Problem, Spans, check};
use crate::printable::printable;

impl Spans {
    /// The only span selected.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one. The message shows the whole capture.
    #[track_caller]
    pub fn one(&self) -> CapturedSpan {
        match &*self.selected {
            [span] => span.clone(),
            _ => panic!("{}", self.not_one()),
        }
    }

    /// The problems of the selected spans, as far as they are known before their tasks have ended.
    pub fn check(&self) -> Vec<Problem> {
        check::run(&self.selected, &self.capture, check::Expect::Unfinished)
    }

    /// As [`check`](Self::check). Besides, every span must have ended, every task must have its
    /// root, and every parent must have been captured.
    pub fn check_complete(&self) -> Vec<Problem> {
        check::run(&self.selected, &self.capture, check::Expect::Complete)
    }

    /// Panics with every problem and the tree, unless [`check`](Self::check) finds no problem.
    ///
    /// # Panics
    ///
    /// If there is a problem.
    #[track_caller]
    pub fn assert_valid(&self) {
        self.assert_none(&self.check());
    }

    /// Panics with every problem and the tree, unless [`check_complete`](Self::check_complete)
    /// finds no problem.
    ///
    /// # Panics
    ///
    /// If there is a problem, or no span at all.
    #[track_caller]
    pub fn assert_complete(&self) {
        assert!(!self.is_empty(), "no span has ended");
        self.assert_none(&self.check_complete());
    }

    #[track_caller]
    fn assert_none(&self, problems: &[Problem]) {
        let list: Vec<_> = problems.iter().map(|problem| format!("  - {problem}\n")).collect();
        let (count, list) = (problems.len(), list.concat());
        let rules = if count == 1 { "rule" } else { "rules" };
        assert!(
            count == 0,
            "{count} broken {rules} of the catalogue:\n{list}{}",
            indented(self)
        );
    }

    fn not_one(&self) -> String {
        let filters = self.filters.iter().map(|filter| format!(" {filter}"));
        let filters = filters.collect::<Vec<_>>().join(",");
        let mut message = match self.len() {
            0 => format!("expected one span{filters}; there is none\n"),
            count => format!("expected one span{filters}; there are {count}:\n{}", indented(self)),
        };
        let all = Self::all_of(Arc::clone(&self.capture));
        // Writing to a `String` cannot fail.
        let _ = match all.len() {
            0 => writeln!(message, "no span has ended"),
            count => write!(message, "captured, {count} in all:\n{}", indented(&all)),
        };
        if !self.capture.open.is_empty() {
            let open = self
                .capture
                .open
                .iter()
                .map(|span| printable(&span.name))
                .collect::<Vec<_>>();
            let _ = writeln!(message, "not ended yet: {}", open.join(", "));
        }
        message
    }
}

fn indented(spans: &Spans) -> String {
    let text = Outline::new(spans).to_string();
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        _ => format!("  {line}\n"),
    });
    lines.collect()
}
