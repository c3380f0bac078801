//! A program whose log lines nobody reads any more: writing them fails, and nothing else does.

use std::io::{Read, stdin};
use std::process::Stdio;

use tasker_span_runtime::{Telemetry, task_span};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

use crate::DEADLINE;

/// Goes on when its input has ended: by then its lines are not read any more.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn audit(task: &Task) -> Result<(), String> {
        tracing::info!("nobody reads this");
        Err("nor this".to_owned())
    }
    let telemetry = Telemetry::builder().install().unwrap();
    stdin().read_to_end(&mut Vec::new()).unwrap();
    for _ in 0..10 {
        audit(&Task::default()).unwrap_err();
    }
    telemetry.shutdown(DEADLINE).unwrap();
}

#[test]
fn functions_and_spans_go_on_without_a_console() {
    let collector = Collector::grpc();
    let mut program = crate::exporting_to(&collector, process::program(program)).command();
    let program = program
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut program = program.spawn().unwrap();
    drop(program.stderr.take());
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    assert_eq!(collector.span_names(), ["task.audit"; 10]);
}
