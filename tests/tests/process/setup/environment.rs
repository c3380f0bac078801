//! The standard `OTEL_*` variables and `RUST_LOG`, as a program with a fixed setup meets them.

use std::env;
use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, identity};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process::{self, Program};

use crate::{DEADLINE, discover};

/// Nothing listens where it is told to export.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let export = ExportOptions::new()
        .endpoint("http://127.0.0.1:9")
        .protocol(Protocol::HttpProtobuf);
    let telemetry = Telemetry::builder()
        .service_name("fixed")
        .resource_attribute("tier", "fixed")
        .export(export.timeout(Duration::from_secs(1)))
        .log_filter(env::var("LOG_FILTER").unwrap_or("info".to_owned()))
        .install()
        .unwrap_or_else(|error| panic!("{error}"));
    let task = Task::default();
    let spans = env::var("SPANS").map_or(1, |spans| spans.parse().unwrap());
    (0..spans).for_each(|_| discover(&task));
    let stats = telemetry.shutdown(DEADLINE).unwrap();
    eprintln!(
        "TRACE={} ended: {} failed: {} not exported: {}",
        identity::trace_id(task.task_uuid),
        stats.spans_ended,
        stats.spans_export_failed,
        stats.spans_not_exported
    );
}

fn with(variables: &[(&str, &str)]) -> Program {
    process::program(program).envs(variables)
}

fn log_of(variables: &[(&str, &str)]) -> String {
    with(variables).log()
}

#[test]
fn rust_log_raises_the_level_of_the_console() {
    let quiet = ("OTEL_TRACES_EXPORTER", "none");
    assert!(!log_of(&[quiet]).contains("hidden by the filter"));
    assert!(log_of(&[quiet, ("RUST_LOG", "warn,process=debug")]).contains("hidden by the filter"));
    let log = log_of(&[quiet, ("RUST_LOG", "info,hyper[connection]=trace")]);
    assert!(
        log.contains("RUST_LOG is ignored") && log.contains("hyper[connection]"),
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
        ("OTEL_SERVICE_VERSION", "1.2.3"),
        ("DEPLOYMENT_ENVIRONMENT", "staging"),
    ]);
    assert_eq!(collector.resource("service.name").as_deref(), Some("redirected"));
    assert_eq!(collector.resource("tier").as_deref(), Some("gold"));
    assert_eq!(collector.resource("service.version").as_deref(), Some("1.2.3"));
    assert_eq!(
        collector.resource("deployment.environment.name").as_deref(),
        Some("staging")
    );
    assert_eq!(collector.requests()[0].headers["x-token"], "a b");
    assert!(text(&collector.spans()[0].attributes, "correlation_id").is_some());
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
fn logs_carry_the_ids_and_report_losses_once() {
    let log = log_of(&[]);
    let (_, trace_id) = log.split_once("TRACE=").unwrap();
    let (trace_id, _) = trace_id.split_once(' ').unwrap();
    let line = log.lines().find(|line| line.contains("discovering")).unwrap();
    assert!(line.contains(&format!("trace_id={trace_id} span_id=")), "{line}");
    assert!(
        line.contains("step.discovery{") && line.contains("task_uuid="),
        "{line}"
    );
    assert!(!log.contains("hidden by the filter"));
    assert_eq!(log.matches("the export failed").count(), 1, "{log}");
    assert_eq!(
        log.matches("telemetry was shut down and not all spans were exported")
            .count(),
        1,
        "{log}"
    );
    assert!(log.contains("ended: 1 failed: 1"), "{log}");
}

#[test]
fn spans_go_to_the_console_or_nowhere() {
    let console = with(&[("OTEL_TRACES_EXPORTER", "console")]).output();
    let stdout = String::from_utf8_lossy(&console.stdout).into_owned();
    assert!(stdout.contains("step.discovery trace_id="), "{stdout}");

    let none = log_of(&[("OTEL_TRACES_EXPORTER", "none")]);
    assert!(none.contains("trace_id=") && none.contains("not exported: 1"), "{none}");
}

#[test]
fn a_disabled_sdk_leaves_the_console() {
    let log = log_of(&[("OTEL_SDK_DISABLED", "true")]);
    let line = log.lines().find(|line| line.contains("discovering")).unwrap();
    assert!(!line.contains("trace_id="), "{line}");
    assert!(log.contains("ended: 0"), "{log}");
}

#[test]
fn the_standard_sampler_decides() {
    let collector = Collector::http();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url());
    let sampler = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    let log = log_of(&[endpoint, sampler, ("OTEL_TRACES_SAMPLER_ARG", "0")]);
    assert!(log.contains("ended: 0"), "{log}");
    assert!(collector.requests().is_empty());
}

#[test]
fn a_full_queue_refuses_spans_and_counts_them() {
    let collector = Collector::http();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url());
    let log = log_of(&[endpoint, ("OTEL_BSP_MAX_QUEUE_SIZE", "2"), ("SPANS", "500")]);
    let exported = collector.spans().len();
    assert!((1..500).contains(&exported), "{exported}");
    let counts = format!(
        "ended=500 exported={exported} not_exported=0 refused={} failed=0 rejected=0 after_shutdown=0 pending=0",
        500 - exported
    );
    assert!(log.contains(&counts), "{log}");
}

#[test]
fn logs_of_the_exporter_s_crates_are_shown_only_if_asked_for() {
    let collector = Collector::grpc();
    let variables = |filter| {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc".to_owned()),
            ("LOG_FILTER", filter),
        ]
    };
    let log_of = |filter: &str| {
        let variables = variables(filter.to_owned());
        log_of(&variables.each_ref().map(|(name, value)| (*name, &**value)))
    };
    let silent = log_of("trace");
    assert!(
        silent.contains("hidden by the filter") && !silent.contains("h2::"),
        "{silent}"
    );
    let asked = log_of("info,h2=trace");
    assert!(asked.contains("h2::"), "{asked}");
}

/// Each of the warnings once, in the format of the console, and the program goes on.
#[test]
fn a_known_value_that_is_not_supported_is_a_warning() {
    let collector = Collector::http();
    let log = log_of(&[
        ("OTEL_TRACES_EXPORTER", "Zipkin"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ssl/collector.pem"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "false"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_PROPAGATORS", "b3,tracecontext"),
        ("OTEL_LOG_LEVEL", "debug"),
    ]);
    for warning in [
        "`OTEL_TRACES_EXPORTER`: `zipkin` is not supported; `otlp` is used",
        "`OTEL_EXPORTER_OTLP_PROTOCOL`: `http/json` is not supported; `http/protobuf` is used",
        "`OTEL_EXPORTER_OTLP_CERTIFICATE` has no effect: the endpoint is `http`",
        "`OTEL_EXPORTER_OTLP_INSECURE` has no effect: the endpoint is `http`",
        "`OTEL_TRACES_SAMPLER`: `jaeger_remote` is not supported; the rates of the program and of its file apply",
        "`OTEL_PROPAGATORS`: `b3` is not supported; `tracecontext` is used",
        "`OTEL_LOG_LEVEL` has no effect: set `RUST_LOG` to filter the console",
    ] {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(warning)).collect();
        let [line] = *lines else { panic!("{warning}: {log}") };
        assert!(line.contains("WARN") && line.contains("tasker_span"), "{line}");
    }
    assert_eq!(collector.spans().len(), 1);
}

#[test]
fn a_wrong_variable_is_an_error_that_names_it() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_TRACES_EXPORTER", "zipkn"),
        ("OTEL_TRACES_SAMPLER", "jaeger"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("TELEMETRY_ENABLED", "yes"),
    ] {
        let output = with(&[(name, value)]).output();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        let expected = format!("invalid value {value:?} for the environment variable `{name}`: ");
        assert!(log.contains(&expected), "{log}");
    }
}
