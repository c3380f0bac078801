//! The calls of a worker. Each is about a step of which there was no call before, as in a program
//! that gets its steps by messages.

use crate::calls::{Call, namespace};
use crate::scenario::Scenario;
use crate::subject::Subject;

#[derive(Default)]
pub(super) struct Calls {
    has_new_tasks: bool,
    has_new_steps: bool,
    /// Empty if all calls have the same.
    namespaces: Vec<String>,
    /// The number of the first step of the group, and that of the next.
    first: u64,
    next: u64,
}

impl Calls {
    /// Begins a group of calls. If they have an enclosing span, it has the ids of the first.
    pub(super) fn begin(&mut self, subject: Subject, scenario: Scenario) {
        self.first = self.next;
        self.has_new_steps = subject.reads_ids() && !scenario.is_inside_a_step();
        self.has_new_tasks = self.has_new_steps && !matches!(scenario, Scenario::StepsPerTask(_));
        let count = scenario.namespaces();
        if self.namespaces.len() != count {
            self.namespaces = (0..count).map(namespace).collect();
        }
    }

    pub(super) fn first(&self) -> Call {
        Call::new(self.first)
    }

    pub(super) fn advance(&mut self, n: usize) {
        self.next += n as u64;
    }

    /// Runs `each` with `n` calls, the first of them so many after the next. The call lies in the
    /// processor's cache, like a message that has just arrived.
    #[inline]
    pub(super) fn each(&self, after: usize, n: usize, mut each: impl FnMut(&Call)) {
        let mut call = self.first();
        if !self.has_new_steps {
            return (0..n).for_each(|_| each(&call));
        }
        let mut namespaces = self.namespaces.iter().cycle().skip(after);
        let start = self.next + after as u64;
        for step in start..start + n as u64 {
            if self.has_new_tasks {
                call.set_task(step);
            }
            call.set_step(step);
            if let Some(namespace) = namespaces.next() {
                call.namespace.clone_from(namespace);
            }
            each(&call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_scenario() {
        let mut calls = Calls::default();
        let mut take = |scenario| {
            calls.begin(Subject::Sampled, scenario);
            let mut taken = vec![calls.first()];
            calls.each(0, 3, |call| taken.push(call.clone()));
            calls.advance(3);
            taken
        };
        let steps = [take(Scenario::Steps), take(Scenario::Steps)].concat();
        assert!(
            steps[0].step_uuid == steps[1].step_uuid && steps[1].task_uuid != steps[2].task_uuid,
            "{steps:?}"
        );
        assert!(
            !steps[..4].iter().any(|step| step.step_uuid == steps[5].step_uuid),
            "{steps:?}"
        );
        let task = take(Scenario::StepsPerTask(3));
        assert!(
            task[0].task_uuid == task[3].task_uuid && task[2].step_uuid != task[3].step_uuid,
            "{task:?}"
        );
        let handlers = take(Scenario::Handlers);
        assert_eq!(handlers[0].step_uuid, handlers[3].step_uuid);
        let namespaces = take(Scenario::Namespaces(2)).into_iter().map(|call| call.namespace);
        assert_eq!(
            namespaces.collect::<Vec<_>>()[1..],
            ["tenant_0", "tenant_1", "tenant_0"]
        );
    }
}
