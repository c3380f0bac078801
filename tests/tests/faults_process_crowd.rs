//! Ten thousand tasks at once: each is a whole tree in the end, and what is open takes so much memory. Alone in its process,
//! whose memory and subscriber it needs.

use std::collections::HashMap;
use std::num::NonZero;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{Sampling, Telemetry};
use tasker_span_tests::crowd::{Crowd, Records, Tree};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const TASKS: usize = 10_000;
const CANCELLED: usize = TASKS / 10;
const COMPLETED: usize = TASKS - CANCELLED;

/// The spans of a task that was cancelled in the middle, and those of one that came to its end.
const OPEN: [&str; 4] = [
    "handler.execution",
    "payment.authorization",
    "step.execution",
    "task.orchestration",
];
const BEFORE: [&str; 2] = ["step.discovery", "task.state_transition"];
const AFTER: [&str; 2] = ["result.submission", "task.state_transition"];

/// Trees by the names of their spans and how many of these are cancelled.
fn trees<const N: usize>(shapes: [(&[&[&'static str]], usize, usize); N]) -> HashMap<Tree, usize> {
    shapes
        .into_iter()
        .map(|(names, cancelled, count)| {
            let mut names = names.concat().into_iter().map(Into::into).collect::<Vec<_>>();
            names.sort();
            (Tree { names, cancelled }, count)
        })
        .collect()
}

#[test]
fn ten_thousand_tasks_are_as_many_trees() {
    let crowd = Crowd {
        tasks: TASKS,
        cancelled: NonZero::new(TASKS / CANCELLED).unwrap(),
    };
    let without = crowd.run();
    let records = Records::with_capacity(10 * TASKS);
    let telemetry = Telemetry::builder()
        .console_only()
        .console(tasker_span_runtime::Console::Off)
        .span_processor(records.clone());
    let telemetry = telemetry.install().unwrap();

    let kept = crowd.run().per_span(without, TASKS);
    println!("kept: {kept:?}");
    assert!(kept.open < 5_000 && kept.left < 1_500, "{kept:?}");
    assert_eq!(
        records.take_trees().unwrap(),
        trees([
            (&[&OPEN, &BEFORE, &AFTER], 0, COMPLETED),
            (&[&OPEN, &BEFORE], OPEN.len(), CANCELLED)
        ])
    );

    telemetry.sampling().set(Sampling::new().task_rate(0.0)).unwrap();
    let dropped = crowd.run().per_span(without, TASKS);
    println!("dropped: {dropped:?}");
    assert!(dropped.open < 1_000 && dropped.left < 100, "{dropped:?}");
    assert_eq!(
        records.take_trees().unwrap(),
        trees([(&[&OPEN], OPEN.len(), CANCELLED)])
    );
}
