//! Ten thousand tasks at once: all that they leave is there, and what is open takes so much memory. Alone in its process,
//! whose memory and subscriber it needs.

use std::collections::HashMap;
use std::num::NonZero;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{Sampling, Telemetry};
use tasker_span_tests::crowd::{Crowd, OPEN_PER_TASK, Records, Tree};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const TASKS: usize = 10_000;
const CANCELLED: usize = TASKS / 10;
const COMPLETED: usize = TASKS - CANCELLED;

/// The spans of a task that came to its end, and of one that was cancelled in the middle.
const SPANS: [usize; 2] = [8, 6];
/// Those that are open in the middle.
const OPEN: [&str; OPEN_PER_TASK] = [
    "handler.execution",
    "payment.authorization",
    "step.execution",
    "task.orchestration",
];

#[test]
fn ten_thousand_tasks_at_once() {
    let crowd = Crowd {
        tasks: TASKS,
        cancelled: NonZero::new(TASKS / CANCELLED).unwrap(),
    };
    let without = crowd.run();
    let records = Records::with_capacity(10 * TASKS);
    let telemetry = Telemetry::builder()
        .console_only()
        .console(false)
        .span_processor(records.clone());
    let telemetry = telemetry.install().unwrap();

    let kept = crowd.run().per_span(without, TASKS);
    println!("kept: {kept:?}");
    assert!(kept.open < 5_000 && kept.left < 1_500, "{kept:?}");
    assert!(records.count() >= COMPLETED * SPANS[0] + CANCELLED * SPANS[1]);
    drop(records.take_trees());

    telemetry.sampling().set(Sampling::new().tasks(0.0)).unwrap();
    let dropped = crowd.run().per_span(without, TASKS);
    println!("dropped: {dropped:?}");
    assert!(dropped.open < 1_000 && dropped.left < 100, "{dropped:?}");
    let tree = Tree {
        names: OPEN.map(Into::into).to_vec(),
        cancelled: OPEN.len(),
    };
    assert_eq!(records.take_trees().unwrap(), HashMap::from([(tree, CANCELLED)]));
}
