//! What linking the crate does to a process before its first span: nothing.

use std::fs;

use tasker_span_runtime::{Sampling, stats};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

/// The names of the process's threads.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux has it");
    let mut names: Vec<_> = tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .collect();
    names.sort();
    names
}

/// The test runner has its main thread, and one for the test.
#[test]
fn linking_the_crate_starts_no_thread() {
    process::alone(|| {
        let before = threads();
        assert!(before.len() <= 2, "{before:?}");
        // What a program does before it has telemetry starts none, either.
        let task = Task::default();
        execute(&task, &task.step(), || drop(TraceContext::current()));
        drop(Sampling::new().task_rate(0.5));
        drop(stats());
        assert_eq!(threads(), before);
    });
}
