//! The calls of a worker: each chunk begins where the one before has ended, so that ids come back as late as they can.

use crate::calls::{self, CALLS, Call};
use crate::scenario::Scenario;

/// All steps of a task are among so many calls.
const STEPS: u32 = 100_000;

/// The calls of a scenario, over and over.
#[derive(Debug, Default)]
pub(super) struct Cycle {
    position: usize,
    /// Those of the last scenario that has calls of its own.
    own: Option<(Scenario, Vec<Call>)>,
}

impl Cycle {
    /// Where the next `n` calls are to be found.
    pub(super) fn take(&mut self, scenario: Scenario, n: u64) -> Window<'_> {
        let calls = self.of(scenario);
        let length = calls.len();
        let start = self.position % length;
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        self.position = start.wrapping_add(n) % length;
        Window {
            calls: self.now(scenario),
            start,
            n,
        }
    }

    fn of(&mut self, scenario: Scenario) -> &[Call] {
        let is_there = matches!(&self.own, Some((other, _)) if *other == scenario);
        if !is_there {
            self.own = match scenario {
                Scenario::Namespaces(namespaces) => Some((scenario, calls::in_namespaces(namespaces))),
                Scenario::StepsPerTask(steps) => Some((scenario, calls::of_tasks(STEPS, steps))),
                _ => None,
            };
        }
        self.now(scenario)
    }

    fn now(&self, scenario: Scenario) -> &[Call] {
        match &self.own {
            Some((other, calls)) if *other == scenario => calls,
            _ => &CALLS,
        }
    }
}

/// So many calls from a position on, around the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    calls: &'a [Call],
    start: usize,
    n: usize,
}

impl<'a> Window<'a> {
    /// Runs `each` with every call. Two plain loops: an iterator that wraps would cost as much as the cheapest subject.
    #[inline]
    pub(super) fn each(self, mut each: impl FnMut(&'a Call)) {
        let (mut start, mut left) = (self.start, self.n);
        while left > 0 {
            let end = self.calls.len().min(start + left);
            for call in &self.calls[start..end] {
                each(call);
            }
            left -= end - start;
            start = 0;
        }
    }

    /// The first call.
    pub(super) fn first(self) -> &'a Call {
        &self.calls[self.start]
    }

    /// The same positions among other calls, of which there must be as many.
    pub(super) fn on(self, calls: &[Call]) -> Window<'_> {
        Window { calls, ..self }
    }

    /// The part of one of several that share the calls evenly.
    pub(super) fn part(self, number: usize, of: usize) -> Self {
        let n = self.n / of;
        Self {
            calls: self.calls,
            start: (self.start + number * n) % self.calls.len(),
            n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_around() {
        let mut cycle = Cycle::default();
        let mut seen = Vec::new();
        for n in [3, 4_095, 5_000] {
            cycle.take(Scenario::Steps, n).each(|call| seen.push(call.task_uuid));
        }
        assert_eq!(seen.len(), 9_098);
        assert_eq!(seen[0], seen[4_096]);
        assert_ne!(seen[0], seen[1]);
    }

    #[test]
    fn shares_evenly() {
        let mut cycle = Cycle::default();
        let window = cycle.take(Scenario::Threads(4), 4_000);
        let mut seen = Vec::new();
        for number in 0..4 {
            window.part(number, 4).each(|call| seen.push(call.step_uuid));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4_000);
    }
}
