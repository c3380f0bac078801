//! Ways in which a program ends while some of its spans have ended, some are open here, and some elsewhere.

use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;
use tasker_span_runtime::{Sampling, Telemetry, stats, step_span, task_scope, task_span};
use tasker_span_tests::fixture::{Step, Task};

const DEADLINE: Duration = Duration::from_secs(30);

/// How many spans have ended when the program ends.
const ENDED: usize = 10;
/// How many are open on a runtime, two to each of its tasks.
const TASKS: usize = 5;

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) {}

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: impl FnOnce()) {
    work();
}

#[step_span("step.execution")]
async fn execute_later(task: Task, step: Step) {
    handle_later().await;
}

#[step_span("handler.execution", inherit)]
async fn handle_later() {
    std::future::pending::<()>().await;
}

pub(crate) fn run(how: &str) {
    let telemetry = crate::install(Sampling::new());
    let task = Task::default();
    for _ in 0..ENDED {
        audit(&task);
    }
    open_elsewhere(&task);
    match how {
        "runtime-first" => return runtime_first(telemetry, &task),
        "telemetry-first" => return telemetry_first(telemetry, &task),
        _ => {}
    }
    let open = task_scope!("task.orchestration", task = task).enter();
    if how == "wait-for-signal" {
        return wait_for_signal();
    }
    say();
    match how {
        // In the order of a function's end: the span, then the telemetry.
        "return" => {}
        "return-without-guard" => std::mem::forget(telemetry),
        "shutdown" => {
            drop(open);
            telemetry.shutdown(DEADLINE).expect("a collector that answers");
            say();
        }
        "shutdown-inside" => {
            telemetry.shutdown(DEADLINE).expect("a collector that answers");
            drop(open);
            audit(&task);
            say();
        }
        "exit" => std::process::exit(0),
        "panic" => panic!("expected by the test"),
        "abort" => std::process::abort(),
        "wait" => std::thread::sleep(DEADLINE),
        _ => panic!("no such ending: {how}"),
    }
}

/// One line for whoever watches: what a metrics endpoint would show.
fn say() {
    let stats = stats();
    let counts = json!({
        "started": stats.spans_started, "ended": stats.spans_ended, "exported": stats.spans_exported,
        "cancelled": stats.spans_cancelled,
    });
    println!("{counts}");
}

/// A step on a thread that nobody waits for.
fn open_elsewhere(task: &Task) {
    let (sender, receiver) = mpsc::channel();
    let task = task.clone();
    std::thread::spawn(move || {
        execute(&task, &task.step(), || {
            sender.send(()).expect("somebody waits");
            std::thread::sleep(2 * DEADLINE);
        });
    });
    receiver.recv().expect("a running thread");
}

fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().expect("threads")
}

/// Steps on the runtime that will never be ready.
async fn spawn_steps(task: &Task) {
    let before = stats().spans_started;
    for _ in 0..TASKS {
        tokio::spawn(execute_later(task.clone(), task.step()));
    }
    while stats().spans_started < before + 2 * TASKS as u64 {
        tokio::task::yield_now().await;
    }
}

/// As in a program whose `main` makes the runtime: tasks are cancelled before the telemetry is gone.
fn runtime_first(telemetry: Telemetry, task: &Task) {
    let runtime = runtime();
    runtime.block_on(spawn_steps(task));
    drop(runtime);
    say();
    drop(telemetry);
}

/// As under `#[tokio::main]`: what `main` holds is dropped first, and the runtime then.
fn telemetry_first(telemetry: Telemetry, task: &Task) {
    let runtime = runtime();
    runtime.block_on(async {
        spawn_steps(task).await;
        drop(telemetry);
    });
    drop(runtime);
    say();
}

/// As a program that is told to end, and has a handler for it.
fn wait_for_signal() {
    runtime().block_on(async {
        let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("a handler");
        // Not before the handler is in place.
        say();
        signal.recv().await;
    });
}
