//! Readers that have gone, as in `| head -1`: the command neither panics nor fails.

use std::process::Stdio;

use tasker_span_tests::environment;

use super::data;

fn arguments() -> Vec<Vec<String>> {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    vec![
        texts(&["trace", &data("order.otlp.json")]),
        texts(&["trace", "--json", &data("order.otlp.json")]),
        texts(&["catalogue", "--format", "weaver"]),
        texts(&["id", "--task", "6f1c2a34-9b1d-4c7e-8f00-112233445566"]),
        texts(&["completions", "bash"]),
        texts(&["man"]),
    ]
}

#[test]
fn a_reader_is_not_needed() {
    for arguments in arguments() {
        let mut command = environment::command(assert_cmd::cargo::cargo_bin!("tasker-span"));
        command.args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_failure_without_a_reader_is_no_panic() {
    for arguments in [
        &["trace", "x"][..],
        &["check", "Cargo.toml"],
        &["config", "no/such"],
        &["tarce"],
    ] {
        let mut command = environment::command(assert_cmd::cargo::cargo_bin!("tasker-span"));
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        // A panic has the code 101.
        assert_eq!(child.wait().unwrap().code(), Some(2), "{arguments:?}");
    }
}
