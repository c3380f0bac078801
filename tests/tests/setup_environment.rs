//! The standard variables, as a program with a fixed setup meets them: each test runs the program below in a process of
//! its own.

use std::process::{Command, Output};
use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, identity, task_span};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::Task;

#[task_span("step.discovery")]
fn discover(task: &Task) {
    tracing::info!("discovering");
    tracing::debug!("hidden by the filter");
}

/// The program. Nothing listens where it is told to export.
#[test]
#[ignore = "run by the other tests, with variables set"]
fn program() {
    let telemetry = Telemetry::builder()
        .service_name("fixed")
        .resource_attribute("tier", "fixed")
        .export(
            ExportOptions::new()
                .endpoint("http://127.0.0.1:9")
                .protocol(Protocol::HttpProtobuf)
                .timeout(Duration::from_secs(1)),
        )
        .log_filter(std::env::var("LOG_FILTER").unwrap_or("info".to_owned()))
        .install()
        .unwrap_or_else(|error| panic!("{error}"));
    let task = Task::default();
    let spans = std::env::var("SPANS").map_or(1, |spans| spans.parse().unwrap());
    (0..spans).for_each(|_| discover(&task));
    let report = telemetry.shutdown(Duration::from_secs(30)).unwrap();
    eprintln!("TRACE={} {report:?}", identity::trace_id(task.task_uuid));
}

fn run(variables: &[(&str, &str)]) -> Output {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "program", "--ignored", "--nocapture"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG") {
        program.env_remove(name);
    }
    program.envs(variables.iter().copied()).output().unwrap()
}

/// What the program wrote to standard error, where it ran to its end.
fn log_of(variables: &[(&str, &str)]) -> String {
    let output = run(variables);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    log
}

#[test]
fn an_operator_raises_the_console_s_level() {
    let quiet = [("OTEL_TRACES_EXPORTER", "none")];
    assert!(!log_of(&quiet).contains("hidden by the filter"));
    assert!(log_of(&[quiet[0], ("RUST_LOG", "warn,setup_environment=debug")]).contains("hidden by the filter"));
    let log = log_of(&[quiet[0], ("RUST_LOG", "info,hyper[connection]=trace")]);
    assert!(
        log.contains("as if RUST_LOG were unset") && log.contains("hyper[connection]"),
        "{log}"
    );
}

#[test]
fn an_operator_redirects_a_program() {
    let collector = Collector::grpc();
    log_of(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=a%20b"),
        ("OTEL_SERVICE_NAME", "redirected"),
        ("OTEL_RESOURCE_ATTRIBUTES", "tier=gold,service.name=ignored"),
    ]);
    assert_eq!(collector.resource("service.name").as_deref(), Some("redirected"));
    assert_eq!(collector.resource("tier").as_deref(), Some("gold"));
    assert_eq!(collector.requests()[0].headers["x-token"], "a b");
    let span = &collector.spans()[0];
    assert!(text(&span.attributes, "correlation_id").is_some());
}

#[test]
fn the_exact_endpoint_is_taken_as_it_is() {
    let collector = Collector::http();
    log_of(&[(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        &format!("{}/own/path", collector.url()),
    )]);
    assert_eq!(collector.requests()[0].path, "/own/path");
}

#[test]
fn logs_carry_the_ids_and_losses_are_reported_once() {
    let log = log_of(&[]);
    let trace_id = log
        .split("TRACE=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .unwrap();
    let line = log.lines().find(|line| line.contains("discovering")).unwrap();
    assert!(line.contains(&format!("trace_id={trace_id} span_id=")), "{line}");
    assert!(
        line.contains("step.discovery{") && line.contains("task_uuid="),
        "{line}"
    );
    assert!(!log.contains("hidden by the filter"));
    assert_eq!(log.matches("spans are lost: the export failed").count(), 1, "{log}");
    assert_eq!(
        log.matches("telemetry was shut down, and spans were lost").count(),
        1,
        "{log}"
    );
    assert!(log.contains("failed: 1"), "{log}");
}

#[test]
fn spans_go_to_the_console_or_nowhere() {
    let console = run(&[("OTEL_TRACES_EXPORTER", "console")]);
    let stdout = String::from_utf8_lossy(&console.stdout).into_owned();
    assert!(stdout.contains("step.discovery trace_id="), "{stdout}");

    let none = log_of(&[("OTEL_TRACES_EXPORTER", "none")]);
    assert!(none.contains("trace_id=") && none.contains("not_exported: 1"), "{none}");
}

#[test]
fn a_disabled_sdk_leaves_the_console() {
    let log = log_of(&[("OTEL_SDK_DISABLED", "true")]);
    let line = log.lines().find(|line| line.contains("discovering")).unwrap();
    assert!(!line.contains("trace_id="), "{line}");
    assert!(log.contains("ended: 0"), "{log}");
}

#[test]
fn the_standard_samplers_decide() {
    let collector = Collector::http();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url());
    let log = log_of(&[
        endpoint,
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0"),
    ]);
    assert!(log.contains("ended: 0"), "{log}");
    assert!(collector.requests().is_empty());
}

#[test]
fn a_full_queue_drops_spans_and_counts_them() {
    let collector = Collector::http();
    let log = log_of(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2"),
        ("SPANS", "500"),
    ]);
    let exported = collector.spans().len();
    assert!((1..500).contains(&exported), "{exported}");
    let dropped = 500 - exported;
    assert!(
        log.contains(&format!("ended=500 exported={exported} failed=0 dropped={dropped}")),
        "{log}"
    );
}

#[test]
fn the_exporters_crates_are_shown_only_if_asked_for() {
    let collector = Collector::grpc();
    let (endpoint, protocol) = (
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    );
    let silent = log_of(&[endpoint, protocol, ("LOG_FILTER", "trace")]);
    assert!(
        silent.contains("hidden by the filter") && !silent.contains("h2::"),
        "{silent}"
    );
    let asked = log_of(&[endpoint, protocol, ("LOG_FILTER", "info,h2=trace")]);
    assert!(asked.contains("h2::"), "{asked}");
}

#[test]
fn a_wrong_variable_is_an_error_that_names_it() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
        ("OTEL_SDK_DISABLED", "yes"),
    ] {
        let output = run(&[(name, value)]);
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        let expected = format!("invalid value {value:?} for the environment variable `{name}`: ");
        assert!(log.contains(&expected), "{log}");
    }
}
