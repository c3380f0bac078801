//! What Callgrind is given to run, without it: every case makes the spans that it should. On Linux, where
//! Callgrind is and threads can be seen.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

fn instructions(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_instructions"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn every_case_runs() {
    let help = String::from_utf8(instructions(&["--help"]).stdout).unwrap();
    let (_, cases) = help.split_once("cases:\n").unwrap();
    let cases: Vec<_> = cases
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        cases.contains(&"kept") && cases.contains(&"off-instrument"),
        "{cases:?}"
    );
    for case in cases {
        let output = instructions(&["run", case, "10", "20"]);
        assert!(output.status.success(), "{case}: {output:?}");
    }
}

#[test]
fn an_unknown_case_is_an_error() {
    let output = instructions(&["run", "nothing", "10", "20"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no case `nothing`"));
}
