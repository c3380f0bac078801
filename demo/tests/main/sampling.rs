//! The example `sampling`, run as a program, and its table.

use std::path::{Path, PathBuf};
use std::process::Command;

use tasker_span_tests::collector::Collector;
use tasker_span_tests::example::{self, text};

fn program() -> Command {
    example::program("sampling")
}

/// A configuration file with this content.
fn config(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("toml");
    std::fs::write(&path, content).unwrap();
    path
}

fn printed(program: &mut Command) -> String {
    let output = program.output().unwrap();
    let (stdout, stderr) = text(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "", "no progress bar without a terminal");
    stdout
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    namespace: String,
    rate: f64,
    steps: f64,
    sampled: f64,
    observed: f64,
    extrapolated: f64,
    errors: f64,
    errors_exported: f64,
    spans: f64,
}

/// The rows of the four namespaces.
fn rows(table: &str) -> Vec<Row> {
    table.lines().skip(1).take(4).map(row).collect()
}

fn row(line: &str) -> Row {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |at: usize| words[at].parse().unwrap();
    Row {
        namespace: words[0].to_owned(),
        rate: number(1),
        steps: number(2),
        sampled: number(3),
        observed: number(4),
        extrapolated: number(5),
        errors: number(8),
        errors_exported: number(9),
        spans: number(10),
    }
}

#[test]
fn observes_the_configured_rates_and_exports_every_error() {
    let table = printed(program().arg("8000"));
    let rows = rows(&table);
    let configured = [
        ("payments", 1.0),
        ("fulfillment", 0.1),
        ("analytics", 0.01),
        ("imports", 0.0001),
    ];
    for (row, (namespace, rate)) in rows.iter().zip(configured) {
        assert_eq!(row.namespace, namespace);
        assert_eq!((row.rate, row.steps), (rate, 2_000.0), "{row:?}");
        let standard_error = (row.steps * rate * (1.0 - rate)).sqrt();
        let deviation = (row.sampled - row.steps * rate).abs();
        assert!(deviation <= 4.0 * standard_error, "{row:?}");
        assert!((row.observed - row.sampled / row.steps).abs() < 1e-5, "{row:?}");
        assert!((row.extrapolated - row.sampled / rate).abs() < 1.0, "{row:?}");
        assert_eq!((row.errors, row.errors_exported), (20.0, 20.0), "{row:?}");
    }
}

/// The histograms of each namespace: tasks, steps and errors, each as they ran and as they were measured.
fn measured(table: &str) -> Vec<(String, [u64; 6])> {
    let rows = table.lines().skip_while(|line| !line.starts_with("by metrics"));
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let namespace = words.next().unwrap().to_owned();
        let numbers: Vec<u64> = words.take(6).map(|word| word.parse().unwrap()).collect();
        (namespace, numbers.try_into().unwrap())
    };
    rows.skip(1).take(4).map(row).collect()
}

#[test]
fn measures_every_step_at_every_rate() {
    for (name, rates) in [
        ("one_of_a_hundred_steps", "steps.sample_rate = 0.01"),
        ("one_of_a_hundred_tasks", "sample_rate = 0.01"),
        ("no_step", "steps.sample_rate = 0"),
        ("every_step", "sample_rate = 1"),
    ] {
        let file = config(name, &format!("[telemetry.tracing]\n{rates}"));
        // The program compares the outcomes, the types of errors and the sums too.
        let table = printed(program().arg("8000").arg(&file));
        let expected = ["payments", "fulfillment", "analytics", "imports"]
            .map(|namespace| (namespace.to_owned(), [200, 200, 2_000, 2_000, 20, 20]));
        assert_eq!(measured(&table), expected, "{table}");
    }
}

#[test]
fn reads_the_rates_of_another_file() {
    let file = config(
        "other_rates",
        "telemetry.tracing.steps = { sample_rate = 0, namespaces = { payments = 0.5 } }",
    );
    let table = printed(program().arg("2000").arg(&file));
    for row in rows(&table) {
        let is_rated = row.namespace == "payments";
        assert_eq!(row.sampled > 0.0, is_rated, "{row:?}");
        assert_eq!((row.errors, row.errors_exported), (5.0, 5.0), "{row:?}");
    }
}

#[test]
fn exports_errors_of_unsampled_tasks() {
    let file = config("unsampled_tasks", "telemetry.tracing.sample_rate = 0");
    let table = printed(program().arg("2000").arg(&file));
    for row in rows(&table) {
        assert_eq!(
            (row.sampled, row.errors, row.errors_exported),
            (0.0, 5.0, 5.0),
            "{row:?}"
        );
    }
}

#[test]
fn fails_if_errors_are_not_exported() {
    let file = config(
        "discarded_errors",
        "telemetry.tracing.steps = { sample_rate = 0, keep_errors = false }",
    );
    let output = program().arg("400").arg(&file).output().unwrap();
    let (stdout, stderr) = text(&output);
    assert!(!output.status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "sampling: 4 errors were not exported\n");
}

#[test]
fn exports_to_the_collector_of_the_environment() {
    let collector = Collector::grpc();
    let table = printed(program().arg("400").env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()));
    let spans: f64 = rows(&table).iter().map(|row| row.spans).sum();
    let arrived = collector.spans().len();
    assert_eq!(spans.to_string(), arrived.to_string());
    assert!(
        table.ends_with(&format!("{arrived} spans exported, 0 lost\n")),
        "{table}"
    );
}

#[test]
fn says_what_is_wrong() {
    let file = config("wrong_rate", "telemetry.tracing.steps.sample_rate = 10");
    let path = file.display().to_string();
    for (arguments, message) in [
        (vec!["many"], "cannot parse argument \"many\""),
        (vec!["10", &*path], ":1:39: invalid value 10"),
    ] {
        let output = program().args(arguments).output().unwrap();
        let (stdout, stderr) = text(&output);
        assert!(!output.status.success(), "{stdout}{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
}
