//! The examples with readers that have gone, as in `| head -1`: none panics.

use std::process::{Child, Command, ExitStatus, Stdio};

use tasker_span_tests::example;

/// Nothing listens there.
const NO_SERVER: &str = "http://127.0.0.1:9";

fn started(name: &str, arguments: &[&str]) -> Child {
    let mut program = example::program(name);
    program
        .args(arguments)
        .env("TASKER_SPAN_JAEGER_URL", NO_SERVER)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program.spawn().unwrap()
}

/// The exit code, and what it wrote to standard error.
fn ended(program: Child) -> (ExitStatus, String) {
    let output = program.wait_with_output().unwrap();
    (output.status, String::from_utf8(output.stderr).unwrap())
}

const EXAMPLES: [(&str, &[&str]); 7] = [
    ("pgmq_upkeep", &["--help"]),
    ("domain_events", &[]),
    ("order_fulfillment", &[]),
    ("sampling", &["400"]),
    ("sampling", &["--help"]),
    ("pgmq_worker", &["--help"]),
    ("pgmq_orchestrator", &["--help"]),
];

#[test]
fn a_reader_of_one_line_is_enough() {
    for (name, arguments) in EXAMPLES {
        let mut program = started(name, arguments);
        let head = Command::new("head")
            .arg("-1")
            .stdin(program.stdout.take().unwrap())
            .output();
        let line = String::from_utf8(head.unwrap().stdout).unwrap();
        assert_eq!(line.lines().count(), 1, "{name} {arguments:?}: {line}");
        let (status, stderr) = ended(program);
        assert!(
            status.success() && stderr.is_empty(),
            "{name} {arguments:?}: {status}\n{stderr}"
        );
    }
}

#[test]
fn a_reader_is_not_needed() {
    for (name, arguments) in EXAMPLES {
        let mut program = started(name, arguments);
        drop(program.stdout.take());
        let (status, stderr) = ended(program);
        assert!(
            status.success() && stderr.is_empty(),
            "{name} {arguments:?}: {status}\n{stderr}"
        );
    }
}

#[test]
fn a_failure_without_a_reader_is_no_panic() {
    for (name, arguments) in [
        ("order_fulfillment", &["no-such.json"][..]),
        ("sampling", &["many"]),
        ("python_host", &[]),
        ("pgmq_worker", &["--unknown"]),
        ("pgmq_orchestrator", &["--unknown"]),
    ] {
        let mut program = started(name, arguments);
        drop((program.stdout.take(), program.stderr.take()));
        // A panic has the code 101.
        assert_eq!(program.wait().unwrap().code(), Some(1), "{name} {arguments:?}");
    }
}
