//! A program whose lines nobody reads any more: writing them fails, and nothing else does.

use std::process::Stdio;

use tasker_span_tests::collector::Collector;

use crate::program;

#[test]
fn functions_and_spans_go_on_without_a_console() {
    let collector = Collector::grpc();
    let mut program = program(&collector);
    let program = program.arg("console").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut program = program.spawn().unwrap();
    drop(program.stderr.take());
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    assert_eq!(collector.span_names(), ["task.audit"; 10]);
}
