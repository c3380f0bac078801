//! The comparison works: its workers answer, all that they are to export arrives, and the tables are there.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tasker-span-benches"));
    command.args(arguments).output().unwrap()
}

fn tables(sections: &[&str]) -> String {
    let sections = sections.iter().flat_map(|section| ["--section", section]);
    let arguments: Vec<_> = ["--quick", "--rounds", "1"].into_iter().chain(sections).collect();
    let output = run(&arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn compares_every_subject() {
    let text = tables(&["steps", "handlers"]);
    for subject in [
        "**ours**, kept",
        "**ours**, dropped",
        "`#[instrument]`, leanest layer",
        "OpenTelemetry API",
        "fastrace",
    ] {
        assert!(text.contains(&format!("\n| {subject}")), "{text}");
    }
    assert!(
        text.contains("| no subscriber, of `#[instrument]` without one | ≤ 1 × |"),
        "{text}"
    );
}

#[test]
fn exports_over_loopback() {
    let text = tables(&["collector"]);
    assert!(text.contains(" spans were sent, and received."), "{text}");
}

#[test]
fn varies_what_it_says() {
    let text = tables(&["polls", "attributes", "threads", "namespaces", "futures"]);
    for column in ["100 polls", "`Uuid`", "16", "10,000 namespaces", "512 bytes by value"] {
        assert!(text.contains(&format!("| {column} |")), "{text}");
    }
}

#[test]
fn an_unknown_section_is_an_error() {
    let output = run(&["--section", "stepz"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("`stepz`"), "{error}");
}
