//! The example `order_fulfillment`, run as a program.

use std::path::PathBuf;
use std::process::Command;

use tasker_span_demo::orders::{Report, example_orders, process};
use tasker_span_runtime::testing::Capture;
use tasker_span_tests::collector::Collector;
use tasker_span_tests::example::{self, text};
use tasker_span_tests::process::alone;

fn program() -> Command {
    example::program("order_fulfillment")
}

#[test]
fn prints_a_tree_for_each_task() {
    let mut program = program();
    let output = program.output().unwrap();
    let (stdout, stderr) = text(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "");
    assert_eq!(
        stdout
            .lines()
            .filter(|line| line.starts_with("task.orchestration  "))
            .count(),
        6
    );
    assert_eq!(stdout.matches("search  correlation_id=").count(), 6);
    assert_eq!(stdout.matches("trace   http://localhost:16686/trace/").count(), 6);
    assert!(
        stdout.contains("the check against the catalogue found 0 problems"),
        "{stdout}"
    );
    assert!(stdout.lines().all(|line| line.chars().count() <= 100), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "{stdout}");
}

#[test]
fn exported_columns_are_the_width() {
    let output = program().env("COLUMNS", "70").output().unwrap();
    let (stdout, stderr) = text(&output);
    let lines = stdout.lines().filter(|line| !line.starts_with("trace   http"));
    let longest = lines.map(|line| line.chars().count()).max();
    assert_eq!(longest, Some(70), "{stdout}{stderr}");
}

#[test]
fn the_environment_decides_about_colours() {
    for (variables, is_coloured) in [
        (&[("CLICOLOR_FORCE", "1")][..], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let output = program().envs(variables.iter().copied()).output().unwrap();
        let (stdout, _) = text(&output);
        assert_eq!(
            stdout.contains("\u{1b}[1mtask.orchestration\u{1b}[0m"),
            is_coloured,
            "{stdout}"
        );
    }
}

/// Alone: the caller may force colours.
#[test]
fn fits_a_narrow_terminal() {
    alone(|| {
        let capture = Capture::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let orders = example_orders().unwrap();
        let processed = runtime.unwrap().block_on(process(&orders)).unwrap();
        let spans = capture.spans();
        for width in [60, 80, 94, 95, 100, 140] {
            let report = Report::new(&processed, &spans, "http://localhost:16686").width(width);
            let report = report.to_string();
            let lines = report.lines().filter(|line| !line.starts_with("trace   http"));
            let lengths: Vec<_> = lines.map(|line| line.chars().count()).collect();
            let longest = lengths.iter().copied().max();
            assert!(longest <= Some(width), "{longest:?} > {width}\n{report}");
            let rules = report.lines().filter(|line| line.starts_with("━━ "));
            let rules: Vec<_> = rules.map(|line| line.chars().count()).collect();
            assert_eq!(rules, [width; 7], "{report}");
            for part in [
                "━━ child of order 1004 ━━ ",
                " ━━ complete ━",
                "payments/renew_subscription\n",
            ] {
                assert!(width > 94 || report.contains(part), "{report}");
            }
        }
    });
}

#[test]
fn exports_to_the_collector_of_the_environment() {
    let mut program = program();
    let collector = Collector::grpc();
    let output = program
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .output()
        .unwrap();
    let (stdout, stderr) = text(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    let spans = collector.spans().len();
    assert!(
        stdout.ends_with(&format!("{spans} spans exported to {}, 0 lost\n", collector.url())),
        "{stdout}"
    );
    assert_eq!(collector.resource("service.name").as_deref(), Some("order-fulfillment"));
}

#[test]
fn runs_the_orders_of_a_file() {
    let mut program = program();
    let orders =
        r#"[{ "number": "7", "namespace": "payments", "workflow": "renew_subscription", "payment": { "amount": 1 } }]"#;
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("orders.json");
    std::fs::write(&path, orders).unwrap();
    let (stdout, stderr) = text(&program.arg(&path).output().unwrap());
    assert!(
        stdout.starts_with("━━ order 7 ━━ payments/renew_subscription ━━ complete ━"),
        "{stdout}{stderr}"
    );
}

#[test]
fn says_what_is_wrong_with_a_file() {
    for (name, text_of_file, message) in [
        ("no-such.json", None, "no-such.json: "),
        (
            "broken.json",
            Some(r#"[{ "number": 7 }]"#),
            "invalid type: integer `7`, expected a string at line 1",
        ),
        (
            "unknown.json",
            Some(r#"[{ "number": "7", "namespace": "x", "workflow": "y", "payment": { "amount": 1 } }]"#),
            "no template `x/y`",
        ),
    ] {
        let mut program = program();
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        if let Some(text) = text_of_file {
            std::fs::write(&path, text).unwrap();
        }
        let output = program.arg(&path).output().unwrap();
        let (stdout, stderr) = text(&output);
        assert!(!output.status.success(), "{stdout}{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
}
