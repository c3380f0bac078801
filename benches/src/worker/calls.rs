//! The calls of a worker: each about a step that it has not seen for a long while, as in a program, where the ids of a step
//! come with a message.

use std::sync::LazyLock;

use crate::calls::{Call, Identity, NAMESPACE, identities, namespace};
use crate::scenario::Scenario;

/// Twice as many steps as our runtime remembers: none is remembered when it comes back.
pub(super) static IDENTITIES: LazyLock<Vec<Identity>> = LazyLock::new(|| identities(1 << 16, 1));

/// All steps of a task are among so many.
const STEPS: usize = 100_000;

/// The calls of a scenario, over and over; each turn begins where the one before has ended.
#[derive(Debug)]
pub(super) struct Cycle {
    scenario: Scenario,
    /// Those of a scenario that has some of its own.
    own: Vec<Identity>,
    namespaces: Vec<String>,
    position: usize,
}

impl Default for Cycle {
    fn default() -> Self {
        Self {
            scenario: Scenario::Steps,
            own: Vec::new(),
            namespaces: vec![NAMESPACE.to_owned()],
            position: 0,
        }
    }
}

impl Cycle {
    /// The next `n` calls.
    pub(super) fn take(&mut self, scenario: Scenario, n: u64) -> Window<'_> {
        if scenario != self.scenario {
            self.change(scenario);
        }
        let identities = if self.own.is_empty() { &**IDENTITIES } else { &*self.own };
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        let start = self.position;
        self.position = start.wrapping_add(n) % identities.len();
        Window {
            identities,
            namespaces: &self.namespaces,
            start,
            n,
            has_fresh_ids: true,
        }
    }

    fn change(&mut self, scenario: Scenario) {
        *self = Self {
            scenario,
            position: self.position % IDENTITIES.len(),
            ..Self::default()
        };
        match scenario {
            Scenario::StepsPerTask(steps) => {
                self.own = identities(STEPS, usize::try_from(steps).unwrap_or(STEPS));
                self.position = 0;
            }
            Scenario::Namespaces(namespaces) => self.namespaces = (0..namespaces).map(namespace).collect(),
            _ => {}
        }
    }
}

/// So many calls from a position on, around the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    identities: &'a [Identity],
    namespaces: &'a [String],
    start: usize,
    n: usize,
    has_fresh_ids: bool,
}

impl Window<'_> {
    /// Whether each call is about another step, or all about the first.
    pub(super) fn with_fresh_ids(self, has_fresh_ids: bool) -> Self {
        Self { has_fresh_ids, ..self }
    }

    /// Runs `each` with every call, which is made of ids in the processor's cache: what it reads is as near as it was to
    /// whoever has just received a message.
    #[inline]
    pub(super) fn each(self, mut each: impl FnMut(&Call)) {
        let mut call = self.first();
        if !self.has_fresh_ids {
            for _ in 0..self.n {
                each(&call);
            }
            return;
        }
        let mut namespace = self.start % self.namespaces.len();
        let (mut start, mut left) = (self.start, self.n);
        while left > 0 {
            let end = self.identities.len().min(start + left);
            for identity in &self.identities[start..end] {
                call.become_one_of(identity);
                if self.namespaces.len() > 1 {
                    call.namespace.clone_from(&self.namespaces[namespace]);
                    namespace = (namespace + 1) % self.namespaces.len();
                }
                each(&call);
            }
            left -= end - start;
            start = 0;
        }
    }

    /// The first call.
    pub(super) fn first(self) -> Call {
        let mut call = Call::of(&self.identities[self.start]);
        call.namespace.clone_from(&self.namespaces[0]);
        call
    }

    /// The same positions among other ids, of which there must be as many, for as long as those live.
    pub(super) fn on(self, identities: &[Identity]) -> Window<'_> {
        Window {
            identities,
            namespaces: &ONE,
            ..self
        }
    }

    /// The part of one of several that share the calls evenly.
    pub(super) fn part(self, number: usize, of: usize) -> Self {
        let n = self.n / of;
        Self {
            start: (self.start + number * n) % self.identities.len(),
            n,
            ..self
        }
    }
}

static ONE: LazyLock<Vec<String>> = LazyLock::new(|| vec![NAMESPACE.to_owned()]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_around() {
        let mut cycle = Cycle::default();
        let mut seen = Vec::new();
        for n in [3, 65_530, 5] {
            cycle.take(Scenario::Steps, n).each(|call| seen.push(call.task_uuid));
        }
        assert_eq!(seen.len(), 65_538);
        assert_eq!(seen[1], seen[65_537]);
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

    #[test]
    fn a_task_has_its_steps() {
        let mut cycle = Cycle::default();
        let mut seen = Vec::new();
        let window = cycle.take(Scenario::StepsPerTask(10), 20);
        window.each(|call| seen.push((call.task_uuid, call.step_uuid)));
        assert!(seen[0].0 == seen[9].0 && seen[9].0 != seen[10].0 && seen[0].1 != seen[1].1);
    }

    #[test]
    fn goes_through_the_namespaces() {
        let mut cycle = Cycle::default();
        let mut seen = Vec::new();
        for _ in 0..2 {
            let window = cycle.take(Scenario::Namespaces(3), 2);
            window.each(|call| seen.push(call.namespace.clone()));
        }
        assert_eq!(seen, ["tenant_0", "tenant_1", "tenant_2", "tenant_0"]);
    }
}
