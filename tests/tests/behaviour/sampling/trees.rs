//! What holds of the exported spans of every workload at any rates: trees are whole, every error and every slow span is
//! exported, and the `tracestate` is right.

mod checks;
mod place;
mod plan;
mod program;
mod truth;
mod world;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tasker_span_tests::prelude::*;

use plan::TaskPlan;
use world::{NAMESPACES, World};

/// In sixteenths.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub(super) tasks: u64,
    pub(super) namespaces: [u64; 3],
}

/// The namespaces whose spans are all slow. No other span is.
pub(super) type Slow = [bool; 3];

fn slow() -> impl Strategy<Value = Slow> {
    prop_oneof![Just([false; 3]), any::<Slow>()]
}

impl Rates {
    pub(super) fn sampling(&self, slow: Slow) -> Sampling {
        let rate = |sixteenths: u64| f64::from(u32::try_from(sixteenths).expect("a few")) / 16.0;
        let sampling = Sampling::new()
            .task_rate(rate(self.tasks))
            .step_rate(rate(self.namespaces[0]));
        let listed = NAMESPACES.iter().zip(self.namespaces).skip(1);
        let sampling = listed.fold(sampling, |sampling, (name, sixteenths)| {
            sampling.namespace_rate(*name, rate(sixteenths))
        });
        let slow = NAMESPACES.iter().zip(slow).filter(|(_, is_slow)| *is_slow);
        slow.fold(sampling, |sampling, (name, _)| {
            sampling.namespace_slower_than(*name, Duration::ZERO)
        })
    }
}

fn sixteenths() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(16), 0..=16_u64]
}

fn rates(tasks: impl Strategy<Value = u64>) -> impl Strategy<Value = Rates> {
    (tasks, [sixteenths(), sixteenths(), sixteenths()]).prop_map(|(tasks, namespaces)| Rates { tasks, namespaces })
}

fn without_reload(mut tasks: Vec<TaskPlan>) -> Vec<TaskPlan> {
    for step in tasks.iter_mut().flat_map(|task| &mut task.steps) {
        step.reload = false;
    }
    tasks
}

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(0x7461_736b_6572),
        ..crate::random()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_process_exports_whole_trees(plans in plan::tasks(1), rates in rates(sixteenths()), slow in slow(), seed in 1..1_u128 << 48) {
        let world = World::new(1, [rates.sampling(slow), rates.sampling(slow)], slow);
        world.run(&plans, seed);
        checks::all(&world)?;
        checks::decisions(&world, &rates)?;
    }

    #[test]
    fn many_processes_export_whole_trees(plans in plan::tasks(3), rates in rates(Just(16)), slow in slow(), seed in 1..1_u128 << 48) {
        let world = World::new(3, [rates.sampling(slow), rates.sampling(slow)], slow);
        world.run(&without_reload(plans), seed);
        checks::all(&world)?;
        checks::decisions(&world, &rates)?;
    }

    #[test]
    fn rates_may_change_in_the_middle(
        plans in plan::tasks(1),
        rates in [rates(sixteenths()), rates(sixteenths())],
        slow in slow(),
        seed in 1..1_u128 << 48,
    ) {
        let world = World::new(1, rates.map(|rates| rates.sampling(slow)), slow);
        world.run(&plans, seed);
        checks::all(&world)?;
    }
}
