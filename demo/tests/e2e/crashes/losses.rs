//! `Losses`: counts, and what no killed process explains.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::fleet::Ended;
use super::history::Commit;

#[derive(Debug)]
pub(crate) struct Losses<'a> {
    processes: HashMap<&'a str, &'a Ended>,
    counts: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

impl<'a> Losses<'a> {
    pub(crate) fn of(processes: &'a [Ended]) -> Self {
        let killed = processes.iter().filter(|process| process.was_killed).count();
        Self {
            processes: processes.iter().map(|process| (&*process.id, process)).collect(),
            counts: BTreeMap::from([("processes killed", killed)]),
            unexplained: Vec::new(),
        }
    }

    pub(crate) fn was_killed(&self, process: &str) -> bool {
        self.processes.get(process).is_some_and(|process| process.was_killed)
    }

    /// Whether the clock of the process is ahead.
    pub(crate) fn is_ahead(&self, process: &str) -> bool {
        self.processes.get(process).is_some_and(|process| process.is_ahead)
    }

    pub(crate) fn count(&mut self, what: &'static str, count: usize) {
        *self.counts.entry(what).or_default() += count;
    }

    /// A span is missing, which each of these commits should have left: all of their processes were killed, or may not know of
    /// the commit.
    pub(crate) fn note(&mut self, what: &'static str, subject: &dyn fmt::Debug, commits: &[Commit]) {
        self.count(what, 1);
        let is_lost = |commit: &Commit| commit.is_in_doubt || self.was_killed(&commit.by);
        if commits.is_empty() || !commits.iter().all(is_lost) {
            self.unexplained(format!("{what}: {subject:?} of {commits:?}"));
        }
    }

    pub(crate) fn unexplained(&mut self, what: String) {
        self.unexplained.push(what);
    }

    pub(crate) fn count_unexplained(&self) -> usize {
        self.unexplained.len()
    }

    /// Panics with all that no killed process explains.
    #[track_caller]
    pub(crate) fn assert_explained(&self) {
        assert!(self.unexplained.is_empty(), "{}", self.unexplained.join("\n"));
    }
}

impl fmt::Display for Losses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts
            .iter()
            .try_for_each(|(what, count)| writeln!(f, "{count} {what}"))
    }
}
