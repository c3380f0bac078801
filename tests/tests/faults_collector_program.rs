//! The example as its users run it: the built program, in a process of its own, whose collector is another one.

use std::process::Command;

use tasker_span_tests::example::{self, text};

fn program() -> Command {
    example::program("faults")
}

/// The cells of a line of the table, as numbers where they are.
fn numbers(line: &str) -> Vec<Option<u64>> {
    let cells = line.split('|').skip(1);
    cells.map(|cell| cell.trim().replace(',', "").parse().ok()).collect()
}

#[test]
fn a_collector_that_is_killed_in_earnest_costs_only_what_is_counted() {
    let output = program().args(["killed", "--calls", "300"]).output().unwrap();
    let (stdout, stderr) = text(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "", "no progress bar where there is no terminal");
    for over in ["gRPC", "HTTP"] {
        let start = format!("| killed, restarted | {over} |");
        let line = stdout.lines().find(|line| line.starts_with(&start)).unwrap();
        let [calls, spans, arrived, rejected, failed, dropped] = numbers(line)[2..8] else {
            panic!("{line}");
        };
        // Five turns, two with the fault, which last until the collector has died and is back.
        assert!(calls >= Some(1_500), "{line}");
        assert_eq!(spans, calls.map(|calls| 2 * calls), "{line}");
        let known = [arrived, rejected, failed, dropped].into_iter().sum::<Option<u64>>();
        assert_eq!(known, spans, "{line}");
    }
}

#[test]
fn says_what_is_wrong() {
    for (arguments, message) in [
        (vec!["burning"], "`burning` is no fault; there are absent, killed, "),
        (vec!["killed", "--write"], "--write takes all faults"),
        (vec!["--calls", "0"], "--calls takes a whole number, 1 or more, not `0`"),
        (
            vec!["--collector", "smtp", "25"],
            "--collector takes a protocol and a port",
        ),
    ] {
        let output = program().args(arguments).output().unwrap();
        let (stdout, stderr) = text(&output);
        assert!(!output.status.success(), "{stdout}");
        assert!(stderr.contains(message), "{stderr}");
    }
}
