//! The example `order_fulfillment`, run as a program.

use std::path::PathBuf;
use std::process::Command;

use tasker_span_tests::collector::Collector;
use tasker_span_tests::example::{self, text};

fn program() -> Command {
    let mut program = example::program("order_fulfillment");
    program.env_remove("TASKER_SPAN_JAEGER_URL");
    program
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
