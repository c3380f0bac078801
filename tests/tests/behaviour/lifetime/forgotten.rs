//! Guards that are forgotten: their spans stay active for ever.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

const FORGOTTEN: usize = 20_000;

/// The time that spans of all kinds take, at best.
fn time(task: &Task, capture: &Capture) -> Duration {
    let run = || {
        let start = Instant::now();
        for _ in 0..200 {
            let step = task.step();
            execute(task, &step, || {
                transition(task, "steps_in_process", "evaluating_results", || handle(|| ()));
                tracing::info_span!("other code").in_scope(|| submit_step(task, &step, || ()));
                black_box(TraceContext::current());
            });
        }
        capture.clear();
        start.elapsed()
    };
    (0..3).map(|_| run()).min().unwrap()
}

fn forget(task: &Task) {
    for _ in 0..FORGOTTEN {
        let step = task.step();
        std::mem::forget(step_scope!("handler.execution", step = step, task = task).enter());
    }
}

/// With a long chain of enclosing spans, 20 times as long would be by far too short.
fn stays_fast(capture: &Capture) {
    let (task, other) = (Task::default(), Task::default());
    time(&task, capture);
    let before = time(&task, capture);
    forget(&other);
    for task in [&task, &other, &Task::default()] {
        let after = time(task, capture);
        assert!(after < 20 * before, "spans took {before:?}, and then {after:?}");
    }
}

#[test]
fn forgotten_guards_do_not_slow_down_later_spans() {
    process::alone(|| stays_fast(&Capture::start()));
}

#[test]
fn forgotten_guards_of_unsampled_spans_do_not_slow_down_later_spans() {
    process::alone(|| stays_fast(&no_tasks()));
}

/// The guards are on the stack of another thread, which ends.
#[test]
fn forgotten_spans_end_with_their_thread() {
    let capture = Capture::start();
    let task = Task::default();
    let work =
        || capture.run(|| std::mem::forget(step_scope!("result.submission", step = task.step(), task = task).enter()));
    std::thread::scope(|threads| threads.spawn(work).join()).unwrap();
    let submission = capture.spans().one();
    assert!(!submission.is_error());
    assert_eq!(submission.trace_id(), task.trace_id());
}
