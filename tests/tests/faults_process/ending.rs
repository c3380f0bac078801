//! What of a program's spans arrives, by the way in which it ends. Ten have ended when it does; one is open where it ends, one
//! on a thread that nobody waits for, and in a program with a runtime, two in each of five tasks.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tasker_span_tests::collector::Collector;

use crate::program;

/// A program that has ended.
struct Ended {
    status: ExitStatus,
    /// What it said of its spans, at last.
    said: Value,
    /// How many spans arrived, by name.
    arrived: HashMap<String, usize>,
}

impl Ended {
    /// What it started and nobody will ever see.
    fn lost(&self) -> u64 {
        self.count("started") - self.arrived.values().sum::<usize>() as u64
    }

    fn count(&self, name: &str) -> u64 {
        self.said[name].as_u64().unwrap()
    }

    fn arrived<const N: usize>(&self, names: [(&str, usize); N]) -> bool {
        self.arrived
            == names
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count))
                .collect()
    }
}

/// Runs the program to an end, which `end` brings about once the program has said that its spans are open.
fn run_until(how: &str, end: impl FnOnce(&Child)) -> Ended {
    let collector = Collector::grpc();
    let mut program = program(&collector);
    let program = program
        .args(["ending", how])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut program = program.spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let first = lines.next().unwrap();
    end(&program);
    let last = lines.last().unwrap_or(first);
    let status = program.wait().unwrap();
    let mut arrived = HashMap::new();
    for name in collector.span_names() {
        *arrived.entry(name).or_default() += 1;
    }
    Ended {
        status,
        said: serde_json::from_str(&last).unwrap(),
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

#[test]
fn after_a_shutdown_all_that_has_ended_is_there() {
    let ended = run("shutdown");
    assert!(ended.status.success());
    assert!(
        ended.arrived([("task.audit", 10), ("task.orchestration", 1)]),
        "{:?}",
        ended.arrived
    );
    assert_eq!((ended.count("ended"), ended.count("exported")), (11, 11));
    assert_eq!(ended.lost(), 1, "the one on the other thread");
}

#[test]
fn the_end_of_main_drops_what_is_open_in_it_and_then_the_telemetry() {
    let ended = run("return");
    assert!(ended.status.success());
    assert!(
        ended.arrived([("task.audit", 10), ("task.orchestration", 1)]),
        "{:?}",
        ended.arrived
    );
}

#[test]
fn a_panic_of_main_does_too() {
    let ended = run("panic");
    assert_eq!(ended.status.code(), Some(101));
    assert!(
        ended.arrived([("task.audit", 10), ("task.orchestration", 1)]),
        "{:?}",
        ended.arrived
    );
}

#[test]
fn a_signal_with_a_handler_is_a_way_to_the_end_of_main() {
    let ended = run_until("wait-for-signal", terminate);
    assert!(ended.status.success());
    assert!(
        ended.arrived([("task.audit", 10), ("task.orchestration", 1)]),
        "{:?}",
        ended.arrived
    );
}

#[test]
fn what_ends_after_the_shutdown_is_counted_and_does_not_arrive() {
    let ended = run("shutdown-inside");
    assert!(ended.status.success(), "functions go on");
    assert!(ended.arrived([("task.audit", 10)]), "{:?}", ended.arrived);
    // With the one that was open, and one that began afterwards.
    assert_eq!((ended.count("ended"), ended.count("exported")), (12, 10));
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
        assert!(ended.arrived([]), "{:?}", ended.arrived);
        assert_eq!(
            (ended.count("ended"), ended.count("exported"), ended.lost()),
            (10, 0, 12)
        );
    }
    let [exit, abort, returned, killed] = lost.map(|ended| ended.status);
    assert!(exit.success() && returned.success());
    assert!(!abort.success() && !killed.success());
}

#[test]
fn a_runtime_that_ends_before_the_telemetry_has_its_tasks_recorded_as_cancelled() {
    let ended = run("runtime-first");
    assert!(
        ended.arrived([("task.audit", 10), ("step.execution", 5), ("handler.execution", 5)]),
        "{:?}",
        ended.arrived
    );
    assert_eq!(ended.count("cancelled"), 10);
}

#[test]
fn a_runtime_that_ends_after_the_telemetry_takes_its_tasks_with_it() {
    let ended = run("telemetry-first");
    assert!(ended.status.success());
    assert!(ended.arrived([("task.audit", 10)]), "{:?}", ended.arrived);
    assert_eq!(ended.count("cancelled"), 10);
    assert_eq!(ended.lost(), 11);
}
