//! Spans that are open when a thread or the process ends. A panic in the destructor of a thread-local would abort the
//! process.

use std::cell::RefCell;
use std::env;
use std::time::Duration;

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

/// It runs spans when its thread ends.
struct AtEnd(Task);

impl Drop for AtEnd {
    fn drop(&mut self) {
        let (task, step) = (&self.0, self.0.step());
        let detached = step_scope!("handler.execution", step = &step, task = task).detach();
        execute(task, &step, || {
            tracing::info!("the thread ends");
            fail();
        });
        detached.in_scope(|| handle(|| drop(TraceContext::current())));
        detached.end();
        complete(task);
    }
}

thread_local! {
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

/// Destructors run in the reverse order of first uses.
#[test]
fn spans_in_the_destructor_of_a_thread_local_are_counted() {
    process::alone_each([true, false], |is_used_first| {
        let store = SpanStore::new();
        let builder = Telemetry::builder().console_only().console(Console::Off);
        let telemetry = builder.span_processor(store.clone()).install().unwrap();
        let task = Task::default();
        let set = || AT_END.with_borrow_mut(|at_end| *at_end = Some(AtEnd(task.clone())));
        let work = || {
            if is_used_first {
                set();
                begin(&task);
            } else {
                begin(&task);
                set();
            }
        };
        std::thread::scope(|threads| threads.spawn(work).join()).unwrap();
        let stats = telemetry.shutdown(crate::DEADLINE).unwrap();
        // The spans of the destructor, and the root, are there if the runtime's own thread-locals are.
        let (seen, ended) = if is_used_first { (1, 6) } else { (7, 7) };
        assert_eq!((store.spans().len(), stats.spans_ended), (seen, ended));
        assert_eq!(stats.lost() + stats.pending(), 0);
    });
}

/// As a thread that handles signals does.
#[test]
#[ignore = "a program that the other test runs"]
fn exiting_elsewhere() {
    let builder = Telemetry::builder().console_only().console(Console::Off);
    let telemetry = builder.span_processor(SpanStore::new()).install().unwrap();
    let after: u64 = env::var("AFTER").unwrap().parse().unwrap();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                loop {
                    let task = Task::default();
                    orchestrate(&task, || execute(&task, &task.step(), fail));
                }
            });
        }
        threads.spawn(|| {
            std::thread::sleep(Duration::from_micros(after));
            if after.is_multiple_of(2) {
                telemetry.shutdown(crate::DEADLINE).unwrap();
            }
            std::process::exit(7);
        });
    });
}

#[test]
fn a_thread_may_exit_while_others_run_spans() {
    for after in 0..20 {
        let after = (after * 777).to_string();
        let output = process::program(exiting_elsewhere).env("AFTER", &after).output();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{log}");
    }
}
