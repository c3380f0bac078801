//! The effective settings: the line at the start, and the document of a `/config` endpoint.

use std::env;

use serde_json::{Value, json};
use tasker_span_runtime::{ExportOptions, Sampling, SettingSource, Telemetry};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::file::ConfigFile;
use crate::{DEADLINE, discover};

/// Prints its settings as `SETTINGS=…`. With `QUIET` it asks for no line.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let export = ExportOptions::new()
        .endpoint("http://127.0.0.1:9")
        .header("authorization", "Bearer CANARY");
    let builder = Telemetry::builder()
        .service_name("fixed")
        .export(export)
        .sampling(Sampling::new().step_rate(0.5).namespace_rate("payments", 0.75));
    let builder = match env::var_os("CONFIG") {
        Some(path) => builder.config_file(path),
        None => builder,
    };
    let builder = match env::var_os("QUIET") {
        Some(_) => builder.without_settings_line(),
        None => builder,
    };
    let telemetry = builder.install().unwrap_or_else(|error| panic!("{error}"));
    tracing::error!("by hand: {:?}", telemetry.settings());
    eprintln!("SETTINGS={}", serde_json::to_string(&telemetry.settings()).unwrap());
    drop(telemetry.shutdown(DEADLINE));
}

/// Its subscriber comes after `build`, as it is made with the telemetry's layer.
#[test]
#[ignore = "a program that the other tests run"]
fn program_with_a_subscriber_of_its_own() {
    let telemetry = Telemetry::builder().build().unwrap();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(lines)
        .init();
    discover(&Task::default());
    discover(&Task::default());
    telemetry.flush(DEADLINE).unwrap();
    drop(telemetry.shutdown(DEADLINE));
}

#[test]
fn a_subscriber_that_comes_later_gets_the_line_and_the_warnings_once() {
    let program = process::program(program_with_a_subscriber_of_its_own);
    let log = program
        .envs(&[("OTEL_TRACES_EXPORTER", "console"), ("OTEL_TRACES_SAMPLER_ARG", "0.1")])
        .log();
    for line in [
        "WARN tasker_span: the environment variable `OTEL_TRACES_SAMPLER_ARG` has no effect: ",
        "INFO tasker_span: exporting to standard output (OTEL_TRACES_EXPORTER) as ",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{line}\n{log}");
    }
}

fn log_of(variables: &[(&str, &str)]) -> String {
    process::program(program).envs(variables).log()
}

fn settings(log: &str) -> Value {
    let line = log.lines().find_map(|line| line.strip_prefix("SETTINGS="));
    serde_json::from_str(line.unwrap()).unwrap()
}

#[test]
fn one_line_tells_the_settings_and_their_sources() {
    let config = ConfigFile::new("[telemetry.tracing.steps]\n\nsample_rate = 0.1\n");
    let path = config.path().to_str().unwrap();
    let log = log_of(&[
        ("CONFIG", path),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ("TASKER_SPAN_NAMESPACE_RATES", "analytics=0.01"),
        ("TASKER_SPAN_SAMPLE_SLOWER_THAN", "120s"),
        ("TASKER_SPAN_RUNNING_AFTER", "10s"),
    ]);
    let expected = format!(
        "INFO tasker_span: exporting to http://127.0.0.1:9 (.endpoint(…)) as fixed (.service_name(…)), \
         tasks 25 % (OTEL_TRACES_SAMPLER), steps 10 % ({path}:3), all slower than 2m (TASKER_SPAN_SAMPLE_SLOWER_THAN), running work after 10s (TASKER_SPAN_RUNNING_AFTER), analytics 1 % (TASKER_SPAN_NAMESPACE_RATES), \
         payments 75 % (.sampling(…))\n"
    );
    assert_eq!(log.matches(&expected).count(), 1, "{expected}\n{log}");
    assert_eq!(log.matches("exporting to").count(), 1, "{log}");
    assert!(!log_of(&[("QUIET", "")]).contains("exporting to"));
}

#[test]
fn telemetry_that_is_off_says_so() {
    for (name, value) in [("TELEMETRY_ENABLED", "0"), ("OTEL_SDK_DISABLED", "true")] {
        let log = log_of(&[(name, value)]);
        assert!(log.contains(&format!("telemetry is off ({name})\n")), "{log}");
        let off = json!({ "value": false, "source": "environment", "at": name });
        assert_eq!(settings(&log)["enabled"], off);
        // They would apply.
        assert_eq!(settings(&log)["tracing"]["steps"]["sample_rate"]["source"], "builder");
    }
    assert!(log_of(&[("TELEMETRY_ENABLED", "TRUE")]).contains("exporting to"));
}

#[test]
fn the_document_has_each_setting_and_no_secret() {
    let log = log_of(&[
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-tenant=CANARY"),
        ("OTEL_RESOURCE_ATTRIBUTES", "token=CANARY,service.version=2"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "7"),
        ("TASKER_ENV", "production"),
    ]);
    assert!(!log.contains("CANARY"), "{log}");
    let settings = settings(&log);
    let of = |value: Value, name: &str| json!({ "value": value, "source": "environment", "at": name });
    let export = &settings["export"];
    assert_eq!(settings["exporter_endpoint"]["value"], "http://127.0.0.1:9");
    assert_eq!(
        export["headers"],
        of(
            json!(["x-tenant", "authorization"]),
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
        )
    );
    assert_eq!(export["queue_size"], of(json!(100), "OTEL_BSP_MAX_QUEUE_SIZE"));
    assert_eq!(export["timeout_ms"], json!({ "value": 10_000, "source": "default" }));
    assert_eq!(settings["limits"]["links"], of(json!(7), "OTEL_SPAN_LINK_COUNT_LIMIT"));
    let resource = &settings["resource"];
    assert_eq!(resource["service.version"], of(json!("2"), "OTEL_RESOURCE_ATTRIBUTES"));
    assert_eq!(
        resource["deployment.environment.name"],
        of(json!("production"), "TASKER_ENV")
    );
    assert_eq!(
        settings["tracing"]["sampler"],
        json!({ "value": "parent_based", "source": "default" })
    );
    let warning = "the environment variable `OTEL_TRACES_SAMPLER_ARG` has no effect: `OTEL_TRACES_SAMPLER` is not set; set it \
                   to `parentbased_traceidratio` for this rate of task spans";
    assert_eq!(settings["warnings"], json!([warning]));
    let logged = log
        .lines()
        .filter(|line| line.contains("WARN") && line.contains(warning));
    assert_eq!(logged.count(), 1, "{log}");
}

#[test]
fn a_rate_of_the_running_program_is_the_handle_s_until_the_file_has_it() {
    process::alone(|| {
        let config = ConfigFile::new("telemetry.tracing.steps.sample_rate = 0.25");
        let builder = Telemetry::builder().config_file(config.path()).console_only();
        let telemetry = builder.build().unwrap();
        let sampling = telemetry.sampling();
        let source = |key: &str| {
            let settings = telemetry.settings();
            settings
                .get(&format!("telemetry.tracing.{key}"))
                .map(|setting| setting.source().clone())
        };
        let is_of_file = |key| matches!(source(key), Some(SettingSource::File { line: 1, .. }));
        assert!(is_of_file("steps.sample_rate"));

        let current = sampling.current();
        sampling
            .set(current.step_rate(1.0).namespace_rate("payments", 0.5))
            .unwrap();
        for key in ["steps.sample_rate", "steps.namespaces.payments"] {
            assert_eq!(source(key), Some(SettingSource::Handle), "{key}");
        }
        assert_eq!(source("sample_rate"), Some(SettingSource::Default));

        sampling.reload().unwrap();
        assert!(is_of_file("steps.sample_rate"));
        assert_eq!(source("steps.namespaces.payments"), None);
    });
}

#[test]
fn an_export_that_starts_later_is_told_when_it_starts() {
    process::alone(|| {
        let collector = Collector::http();
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        assert!(
            telemetry
                .settings()
                .to_string()
                .starts_with("not exporting (.console_only(…)) as ")
        );
        let options = ExportOptions::new().endpoint(collector.url());
        let options = options.protocol(tasker_span_runtime::Protocol::HttpProtobuf);
        telemetry.start_export(options).unwrap();
        let expected = format!("exporting to {}/v1/traces (.endpoint(…)) as ", collector.url());
        let line = telemetry.settings().to_string();
        assert!(line.starts_with(&expected), "{line}");
        drop(telemetry.shutdown(DEADLINE));
    });
}
