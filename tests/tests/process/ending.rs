//! What of a program's spans arrives, by the way in which it ends. Ten have ended when it does; one is open where it ends, one
//! on a thread that is never joined, and in a program with a runtime, two in each of five tasks.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;

use serde::{Deserialize, Serialize};
use tasker_span_runtime::{Console, Telemetry, stats, step_span, task_scope};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;

use crate::{DEADLINE, audit};

/// How many spans have ended when the program ends.
const ENDED: usize = 10;
/// How many tasks wait on its runtime.
const TASKS: usize = 5;

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

/// It ends as `ENDING` says.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let telemetry = Telemetry::builder().console(Console::Off).install().unwrap();
    let task = Task::default();
    (0..ENDED).for_each(|_| audit(&task));
    open_elsewhere(&task);
    let how = env::var("ENDING").unwrap();
    // As under `#[tokio::main]`, whose runtime ends last; or the other way round.
    if let "runtime-first" | "telemetry-first" = &*how {
        let runtime = runtime();
        let telemetry = runtime.block_on(async {
            spawn_steps(&task).await;
            (how == "runtime-first").then_some(telemetry)
        });
        drop(runtime);
        say();
        return drop(telemetry);
    }
    let open = task_scope!("task.orchestration", task = task).enter();
    if how == "wait-for-signal" {
        return wait_for_signal();
    }
    say();
    match &*how {
        // In the order of a function's end: the span, then the telemetry.
        "return" => {}
        "return-without-guard" => std::mem::forget(telemetry),
        "shutdown" => {
            drop(open);
            telemetry.shutdown(DEADLINE).unwrap();
            say();
        }
        "shutdown-inside" => {
            telemetry.shutdown(DEADLINE).unwrap();
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

/// What a metrics endpoint would show.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counts {
    started: u64,
    ended: u64,
    exported: u64,
    cancelled: u64,
}

fn say() {
    let stats = stats();
    let counts = Counts {
        started: stats.spans_started,
        ended: stats.spans_ended,
        exported: stats.spans_exported,
        cancelled: stats.spans_cancelled,
    };
    eprintln!("{}", serde_json::to_string(&counts).unwrap());
}

/// A step on a thread that is never joined.
fn open_elsewhere(task: &Task) {
    let (sender, receiver) = mpsc::channel();
    let task = task.clone();
    std::thread::spawn(move || {
        execute(&task, &task.step(), || {
            sender.send(()).unwrap();
            std::thread::sleep(2 * DEADLINE);
        });
    });
    receiver.recv().unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
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

/// As a program that has a handler for the signal that ends it.
fn wait_for_signal() {
    runtime().block_on(async {
        let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
        // Not before the handler is in place.
        say();
        signal.recv().await;
    });
}

/// A program that has ended.
struct Ended {
    status: ExitStatus,
    /// Its last words.
    counts: Counts,
    /// How many spans arrived, by name.
    arrived: BTreeMap<String, u64>,
}

impl Ended {
    /// What it started and nobody will ever see.
    fn lost(&self) -> u64 {
        self.counts.started - self.arrived.values().sum::<u64>()
    }

    #[track_caller]
    fn assert_arrived<const N: usize>(&self, names: [(&str, u64); N]) {
        let names = names.map(|(name, count)| (name.to_owned(), count));
        assert_eq!(self.arrived, BTreeMap::from(names));
    }
}

/// Runs the program to an end, which `end` brings about once the program has said that its spans are open.
fn run_until(how: &str, end: impl FnOnce(&Child)) -> Ended {
    let collector = Collector::grpc();
    let mut program = crate::exporting_to(&collector, process::program(program))
        .env("ENDING", how)
        .command();
    let mut program = program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(program.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    // A panic has its own words.
    let mut said = lines.filter_map(|line| serde_json::from_str(&line).ok());
    let first = said.next().unwrap();
    end(&program);
    let counts = said.last().unwrap_or(first);
    let status = program.wait().unwrap();
    let mut arrived = BTreeMap::new();
    for name in collector.span_names() {
        *arrived.entry(name).or_default() += 1;
    }
    Ended {
        status,
        counts,
        arrived,
    }
}

fn run(how: &str) -> Ended {
    run_until(how, |_| ())
}

fn terminate(program: &Child) {
    let kill = Command::new("sh")
        .args(["-c", &format!("kill -TERM {}", program.id())])
        .status();
    assert!(kill.unwrap().success());
}

const AUDITS: (&str, u64) = ("task.audit", ENDED as u64);
const ROOT: (&str, u64) = ("task.orchestration", 1);

#[test]
fn after_a_shutdown_all_that_has_ended_is_there() {
    let ended = run("shutdown");
    assert!(ended.status.success());
    ended.assert_arrived([AUDITS, ROOT]);
    assert_eq!((ended.counts.ended, ended.counts.exported), (11, 11));
    assert_eq!(ended.lost(), 1, "the one on the other thread");
}

#[test]
fn the_end_of_main_drops_what_is_open_in_it_and_then_the_telemetry() {
    let ended = run("return");
    assert!(ended.status.success());
    ended.assert_arrived([AUDITS, ROOT]);
}

#[test]
fn a_panic_does_too() {
    let ended = run("panic");
    assert_eq!(ended.status.code(), Some(101));
    ended.assert_arrived([AUDITS, ROOT]);
}

#[test]
fn a_signal_with_a_handler_is_a_way_to_the_end_of_main() {
    let ended = run_until("wait-for-signal", terminate);
    assert!(ended.status.success());
    ended.assert_arrived([AUDITS, ROOT]);
}

#[test]
fn what_ends_after_the_shutdown_is_counted_and_does_not_arrive() {
    let ended = run("shutdown-inside");
    assert!(ended.status.success(), "functions go on");
    ended.assert_arrived([AUDITS]);
    // With the one that was open, and one that began afterwards.
    assert_eq!((ended.counts.ended, ended.counts.exported), (12, 10));
}

#[test]
fn whatever_runs_no_destructor_loses_the_queue() {
    let lost = [
        run("exit"),
        run("abort"),
        run("return-without-guard"),
        run_until("wait", terminate),
    ];
    for ended in &lost {
        ended.assert_arrived([]);
        assert_eq!((ended.counts.ended, ended.counts.exported, ended.lost()), (10, 0, 12));
    }
    let [exit, abort, returned, killed] = lost.map(|ended| ended.status);
    assert!(exit.success() && returned.success());
    assert!(!abort.success() && !killed.success());
}

#[test]
fn a_runtime_that_ends_before_the_telemetry_has_its_tasks_recorded_as_cancelled() {
    let ended = run("runtime-first");
    ended.assert_arrived([AUDITS, ("step.execution", 5), ("handler.execution", 5)]);
    assert_eq!(ended.counts.cancelled, 10);
}

#[test]
fn a_runtime_that_ends_after_the_telemetry_takes_its_tasks_with_it() {
    let ended = run("telemetry-first");
    assert!(ended.status.success());
    ended.assert_arrived([AUDITS]);
    assert_eq!(ended.counts.cancelled, 10);
    assert_eq!(ended.lost(), 11);
}
