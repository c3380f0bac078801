//! Spans that are open when a thread or the process ends. A panic in the destructor of a thread-local would abort the
//! process.

use std::env;

use tasker_span_runtime::{Console, Telemetry, task_scope};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

#[task_span("task.audit", within = "task.orchestration", late(namespace))]
fn audit(task: &Task, work: impl FnOnce()) {
    work();
}

/// It exits inside of spans, as `SETTING` says.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let setting = env::var("SETTING").unwrap();
    let builder = Telemetry::builder().console_only().console(Console::Off);
    let builder = match &*setting {
        "activate_context" => builder.activate_context(),
        "visible" => builder.visible(),
        "strict" => builder.strict(),
        _ => panic!("no such setting: {setting}"),
    };
    let _telemetry = builder.install().unwrap();
    let task = Task::default();
    audit(&task, || {
        std::mem::forget(task_scope!("task.backup", within = "task.orchestration", task = task).enter());
        std::process::exit(3);
    });
}

#[test]
fn a_program_that_exits_inside_of_spans_has_its_exit_code() {
    for setting in ["activate_context", "visible", "strict"] {
        let output = process::program(program).env("SETTING", setting).output();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{setting}: {log}");
    }
}

#[test]
fn a_thread_may_end_while_a_context_is_active() {
    process::alone(|| {
        let store = SpanStore::new();
        let builder = Telemetry::builder().console_only().console(Console::Off);
        let telemetry = builder
            .activate_context()
            .span_processor(store.clone())
            .install()
            .unwrap();
        let task = Task::default();
        let end = || std::mem::forget(task_scope!("task.backup", within = "task.orchestration", task = task).enter());
        std::thread::scope(|threads| threads.spawn(end).join()).unwrap();
        telemetry.flush(crate::DEADLINE).unwrap();
        assert_eq!(store.spans().one().name(), "task.backup");
    });
}
