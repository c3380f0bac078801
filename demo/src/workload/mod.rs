//! The workload of the example `sampling`: steps in four namespaces, of which a known share fails
//! in each possible way.
//!
//! Its ids come from a fixed seed: with the same rates, each run samples the same steps.

mod failure;
mod ids;
mod probability;
mod spans;
mod table;
mod tally;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use uuid::Uuid;

pub use failure::Failure;
pub use probability::probability;
pub use table::Table;
pub use tally::Tally;

use crate::tasker::{Task, WorkflowStep, WorkflowStepState};
use ids::Ids;

/// The namespaces. Tasks take turns.
pub const NAMESPACES: [&str; 4] = ["payments", "fulfillment", "analytics", "imports"];
/// The number of steps of a task.
pub const STEPS_PER_TASK: u64 = 10;
/// One of this number of steps fails.
pub const STEPS_PER_FAILURE: u64 = 100;

/// What ran.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The number of steps, by namespace.
    pub steps: HashMap<&'static str, u64>,
    /// The failed steps.
    pub failures: HashMap<Uuid, (&'static str, Failure)>,
}

/// Runs this number of steps, ten per task. `after_task` gets the number of finished steps.
pub fn run(steps: u64, mut after_task: impl FnMut(u64)) -> Done {
    let mut ids = Ids::new(0x5eed);
    let mut done = Done::default();
    let mut begun = 0;
    for namespace in NAMESPACES.into_iter().cycle() {
        let count = STEPS_PER_TASK.min(steps - begun);
        if count == 0 {
            break;
        }
        run_task(namespace, count, &mut ids, &mut done);
        begun += count;
        after_task(begun);
    }
    done
}

fn run_task(namespace: &'static str, count: u64, ids: &mut Ids, done: &mut Done) {
    let task = Task {
        task_uuid: ids.next(),
        correlation_id: ids.next(),
        parent_correlation_id: None,
        namespace_name: namespace.to_owned(),
        task_name: "workload".to_owned(),
        priority: 0,
        context: Value::Null,
        requested_at: SystemTime::now(),
    };
    let counter = done.steps.entry(namespace).or_default();
    let steps: Vec<_> = (*counter..*counter + count)
        .map(|number| (step(&task, ids), failure_of(number)))
        .collect();
    *counter += count;
    spans::enqueue(&task, steps.iter().map(|(step, _)| step));
    for (step, failure) in &steps {
        spans::execute(&task, step, *failure);
        if let Some(failure) = failure {
            done.failures.insert(step.workflow_step_uuid, (namespace, *failure));
        }
    }
    spans::complete(&task);
}

fn step(task: &Task, ids: &mut Ids) -> WorkflowStep {
    WorkflowStep {
        workflow_step_uuid: ids.next(),
        task_uuid: task.task_uuid,
        name: "charge_payment".to_owned(),
        handler_name: "charge_payment".to_owned(),
        state: WorkflowStepState::Pending,
        attempt: Some(1),
        max_attempts: 3,
        backoff: Duration::ZERO,
        depends_on: Vec::new(),
        result: None,
    }
}

/// The failure of the step with this number in its namespace.
fn failure_of(number: u64) -> Option<Failure> {
    let fails = number % STEPS_PER_FAILURE == STEPS_PER_FAILURE / 2;
    fails.then(|| Failure::of(number / STEPS_PER_FAILURE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_namespace_has_its_share_of_steps_and_of_each_failure() {
        let mut after = Vec::new();
        let done = run(4_005, |steps| after.push(steps));
        assert_eq!(after.len(), 401);
        assert_eq!(after.last(), Some(&4_005));
        assert_eq!(done.steps["payments"], 1_005);
        assert!(NAMESPACES[1..].iter().all(|namespace| done.steps[namespace] == 1_000));
        assert_eq!(done.failures.len(), 40);
        for failure in Failure::ALL {
            let such = done.failures.values().filter(|(_, other)| *other == failure);
            assert!(such.count() >= 8, "{failure:?}");
        }
    }

    #[test]
    fn ids_are_the_same_in_every_run() {
        let failed = || {
            run(400, |_| ())
                .failures
                .into_keys()
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(failed(), failed());
    }
}
