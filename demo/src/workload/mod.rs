//! The workload of the example `sampling`: steps in four namespaces, of which a known share fails
//! in each possible way.
//!
//! The ids are the same in each run. So with the same rates, each run samples the same steps.

mod durations;
mod probability;
mod spans;
mod table;
mod tally;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::{Builder, Uuid};

pub use durations::{Durations, Measured};
pub use probability::probability;
pub use table::Table;
pub use tally::Tally;

use spans::{Step, Task};

/// The namespaces. Tasks take turns.
pub const NAMESPACES: [&str; 4] = ["payments", "fulfillment", "analytics", "imports"];
/// The number of steps of a task.
pub const STEPS_PER_TASK: u64 = 10;
/// One of this number of steps fails.
pub const STEPS_PER_FAILURE: u64 = 100;

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The handler returns an error, and so does the step.
    Returned,
    /// The handler returns an error, and the step ignores it.
    Ignored,
    /// The handler panics.
    Panicked,
    /// The step's future is cancelled while the handler waits.
    Cancelled,
}

/// What ran.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The number of steps, by namespace.
    pub steps: HashMap<&'static str, u64>,
    /// The number of tasks, by namespace.
    pub tasks: HashMap<&'static str, u64>,
    /// The time around all steps of a namespace.
    pub durations: HashMap<&'static str, Duration>,
    /// The failed steps.
    pub failures: HashMap<Uuid, (&'static str, Failure)>,
    ids: u64,
}

/// Runs this number of steps, ten per task. `after_task` gets the number of finished steps.
pub fn run(steps: u64, mut after_task: impl FnMut(u64)) -> Done {
    let mut done = Done::default();
    let mut finished = 0;
    for namespace in NAMESPACES.into_iter().cycle() {
        let count = STEPS_PER_TASK.min(steps - finished);
        if count == 0 {
            break;
        }
        done.run_task(namespace, count);
        finished += count;
        after_task(finished);
    }
    done
}

impl Done {
    fn run_task(&mut self, namespace: &'static str, count: u64) {
        let task = Task {
            id: self.next_id(),
            correlation_id: self.next_id(),
            namespace,
        };
        let first = self.steps.get(namespace).copied().unwrap_or_default();
        self.steps.insert(namespace, first + count);
        let steps: Vec<_> = (first..first + count)
            .map(|number| (Step::new(self.next_id()), failure_of(number)))
            .collect();
        spans::enqueue(&task, steps.iter().map(|(step, _)| step));
        *self.tasks.entry(namespace).or_default() += 1;
        for (step, failure) in &steps {
            let began = Instant::now();
            spans::execute(&task, step, *failure);
            *self.durations.entry(namespace).or_default() += began.elapsed();
            if let Some(failure) = failure {
                self.failures.insert(step.id, (namespace, *failure));
            }
        }
        spans::complete(&task);
    }

    fn next_id(&mut self) -> Uuid {
        self.ids += 1;
        Builder::from_unix_timestamp_millis(self.ids, &[0; 10]).into_uuid()
    }
}

/// The failure of the step with this number in its namespace.
fn failure_of(number: u64) -> Option<Failure> {
    let fails = number % STEPS_PER_FAILURE == STEPS_PER_FAILURE / 2;
    fails.then_some(match number / STEPS_PER_FAILURE % 4 {
        0 => Failure::Returned,
        1 => Failure::Ignored,
        2 => Failure::Panicked,
        _ => Failure::Cancelled,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_namespace_has_its_share_of_steps_and_of_each_failure() {
        let mut after = Vec::new();
        let done = run(4_005, |steps| after.push(steps));
        assert_eq!((after.len(), after.last()), (401, Some(&4_005)));
        assert_eq!(done.steps["payments"], 1_005);
        assert!(NAMESPACES[1..].iter().all(|namespace| done.steps[namespace] == 1_000));
        assert_eq!(done.failures.len(), 40);
        for failure in [
            Failure::Returned,
            Failure::Ignored,
            Failure::Panicked,
            Failure::Cancelled,
        ] {
            let such = done.failures.values().filter(|(_, other)| *other == failure);
            assert!(such.count() >= 8, "{failure:?}");
        }
    }
}
