//! The commands of the benchmarks work: with few calls, and without a look at the figures.

use std::process::Output;

use tasker_span_tests::environment;

fn run(arguments: &[&str]) -> Output {
    let mut command = environment::command(env!("CARGO_BIN_EXE_tasker-span-benches"));
    command.args(arguments).output().unwrap()
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn tables(sections: &[&str]) -> String {
    let sections = sections.iter().flat_map(|section| ["--section", section]);
    text(run(&["--quick"].into_iter().chain(sections).collect::<Vec<_>>()))
}

#[test]
fn every_subject_is_compared() {
    let text = tables(&["steps", "cpu", "handlers"]);
    for row in [
        "**ours**, sampled",
        "**ours**, unsampled",
        "`#[instrument]`, leanest layer",
        "fastrace",
    ] {
        assert!(text.contains(&format!("\n| {row} |")), "{text}");
    }
    let budget = "| a step | **ours**, no subscriber | `#[instrument]`, no subscriber | ≤ 1 × |";
    assert!(text.contains(budget), "{text}");
}

#[test]
fn a_collector_receives_every_span() {
    let text = tables(&["collector"]);
    assert!(text.contains("spans were to be exported, and were."), "{text}");
}

#[test]
fn tables_have_a_column_for_each_value() {
    let text = tables(&[
        "polls",
        "tracing",
        "depth",
        "attributes",
        "threads",
        "namespaces",
        "futures",
    ]);
    for column in ["100", "9", "`Uuid`", "16", "10,000", "512 bytes by value"] {
        assert!(text.contains(&format!("| {column} |")), "{text}");
    }
}

/// Without Callgrind. On Linux, whose files show the threads of a process.
#[test]
#[cfg(target_os = "linux")]
fn every_case_of_instructions_runs() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/count-instructions");
    let cases = text(environment::command(script).arg("--list").output().unwrap());
    assert!(cases.contains("sampled/steps\n"), "{cases}");
    assert!(cases.contains("no-subscriber/steps\n"), "{cases}");
    for case in cases.lines() {
        let (subject, scenario) = case.split_once('/').unwrap();
        text(run(&["count", subject, scenario, "10"]));
    }
}

#[test]
fn an_unknown_name_is_an_error() {
    for arguments in [
        &["--section", "stepz"][..],
        &["count", "stepz", "steps", "10"],
        &["count", "sampled", "stepz", "10"],
    ] {
        let output = run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains("`stepz`"), "{error}");
    }
}
