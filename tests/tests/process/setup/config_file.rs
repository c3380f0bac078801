//! The configuration file beside the builder and the environment: which of them wins, and what a
//! reload changes.

use std::process::Output;
use std::time::Duration;
use std::{env, fs};

use tasker_span_runtime::{ExportOptions, Protocol, Sampling, SamplingHandle, Telemetry, stats};
use tasker_span_tests::calls::execute;
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

use super::file::ConfigFile;
use crate::{DEADLINE, discover};

#[tracing::instrument]
fn of_no_task() {}

fn print(when: &str, sampling: &SamplingHandle) {
    let rates = sampling.namespace_rates();
    let rates = rates.iter().map(|(name, rate)| format!("{name} {rate}"));
    eprintln!(
        "{when}: tasks {} steps {} errors {} [{}]",
        sampling.task_rate(),
        sampling.step_rate(),
        sampling.keep_errors(),
        rates.collect::<Vec<_>>().join(", "),
    );
}

/// It has settings of its own, and reads the file that `CONFIG` names; nothing listens at its own
/// endpoint. With `NEXT`, the file gets this content and is read again.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let path = env::var_os("CONFIG").unwrap();
    let export = ExportOptions::new()
        .endpoint("http://127.0.0.1:9")
        .protocol(Protocol::HttpProtobuf);
    let sampling = Sampling::new()
        .step_rate(0.5)
        .namespace_rate("payments", 1.0)
        .namespace_rate("analytics", 0.25);
    let builder = Telemetry::builder()
        .service_name("builder")
        .export(export.timeout(Duration::from_secs(1)));
    let telemetry = builder.sampling(sampling).config_file(&path).install();
    let telemetry = telemetry.unwrap_or_else(|error| panic!("{error}"));
    let sampling = telemetry.sampling();
    print("started", &sampling);
    if let Ok(next) = env::var("NEXT") {
        fs::write(&path, next).unwrap();
        let result = sampling.reload();
        print("reloaded", &sampling);
        eprintln!(
            "{}",
            result.map_or_else(|error| format!("error={error}"), |()| "fine".to_owned())
        );
        eprintln!("{}+{}", stats().config_reloads, stats().config_reloads_failed);
        eprintln!("last={:?}", sampling.last_reload_error().map(|error| error.to_string()));
    }
    let task = Task::default();
    discover(&task);
    execute(&task, &task.step(), || ());
    of_no_task();
    eprintln!("ended: {}", telemetry.shutdown(DEADLINE).unwrap().spans_ended);
}

fn run(config: &ConfigFile, variables: &[(&str, &str)]) -> Output {
    let path = config.path().to_str().unwrap();
    process::program(program).env("CONFIG", path).envs(variables).output()
}

/// What the program wrote to standard error, if it ran to its end.
fn log_of(content: &str, variables: &[(&str, &str)]) -> String {
    let config = ConfigFile::new(content);
    let output = run(&config, variables);
    let log = String::from_utf8_lossy(&output.stderr).replace(&config.path().display().to_string(), "file");
    assert!(output.status.success(), "{log}");
    log
}

fn assert_has(log: &str, text: &str) {
    assert!(log.contains(text), "{text:?} is not in:\n{log}");
}

#[track_caller]
fn line_of<'a>(log: &'a str, text: &str) -> &'a str {
    log.lines()
        .find(|line| line.contains(text))
        .unwrap_or_else(|| panic!("{text:?} is not in:\n{log}"))
}

const NOWHERE: (&str, &str) = ("OTEL_TRACES_EXPORTER", "none");

#[test]
fn the_file_wins_over_the_builder() {
    let collector = Collector::http();
    let config = format!(
        "[telemetry]\nservice_name = \"${{UNSET:-file}}\"\nexporter_endpoint = \"{}\"\n\
         [telemetry.tracing.steps.namespaces]\nanalytics = 0\nfulfillment = 0.125\n",
        collector.url()
    );
    let log = log_of(&config, &[]);
    assert_has(
        &log,
        "started: tasks 1 steps 0.5 errors true [analytics 0, fulfillment 0.125, payments 1]\n",
    );
    assert_eq!(collector.resource("service.name").as_deref(), Some("file"));
    assert_eq!(
        collector.span_names(),
        ["of_no_task", "step.discovery", "step.execution"]
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let (of_file, of_environment) = (Collector::http(), Collector::http());
    let config = format!(
        "[telemetry]\nenabled = false\nservice_name = \"file\"\nexporter_endpoint = \"{}\"\n\
         [telemetry.tracing]\nsampler = \"always_off\"\n\
         [telemetry.tracing.steps]\nsample_rate = 0.125\nkeep_errors = false\n",
        of_file.url()
    );
    let log = log_of(
        &config,
        &[
            ("OTEL_SDK_DISABLED", "false"),
            ("OTEL_SERVICE_NAME", "environment"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &of_environment.url()),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "1"),
            ("TASKER_SPAN_NAMESPACE_RATES", "analytics=0"),
        ],
    );
    // There is no variable for the steps of all namespaces.
    assert_has(
        &log,
        "started: tasks 1 steps 0.125 errors false [analytics 0, payments 1]\n",
    );
    assert!(of_file.requests().is_empty());
    assert_eq!(of_environment.resource("service.name").as_deref(), Some("environment"));
    assert_eq!(of_environment.spans().len(), 3);
}

#[test]
fn the_file_may_refer_to_variables_of_the_environment() {
    let collector = Collector::http();
    let config = "[telemetry]\nexporter_endpoint = \"${OTEL_EXPORTER_OTLP_ENDPOINT:-http://127.0.0.1:9}\"\n\
                  service_name = \"tasker-${ROLE}\"\n[telemetry.tracing.steps]\nsample_rate = \"${RATE}\"\n";
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url());
    let log = log_of(config, &[endpoint, ("ROLE", "worker"), ("RATE", "0.125")]);
    assert_has(&log, "started: tasks 1 steps 0.125");
    assert_eq!(collector.resource("service.name").as_deref(), Some("tasker-worker"));
}

#[test]
fn the_file_can_turn_everything_off() {
    for config in [
        "telemetry.enabled = false",
        "telemetry.enabled = false\ntelemetry.tracing.sample_rate = 0",
        "telemetry.tracing.enabled = false",
    ] {
        let log = log_of(config, &[]);
        let line = line_of(&log, "discovering");
        assert!(!line.contains("trace_id="), "no span is unsampled either: {line}");
        assert_has(&log, "ended: 0");
    }
    let enabled = [("OTEL_SDK_DISABLED", "false"), NOWHERE];
    assert_has(&log_of("telemetry.enabled = false", &enabled), "ended: 3");
    let enabled = [("TELEMETRY_ENABLED", "1"), NOWHERE];
    assert_has(&log_of("telemetry.tracing.enabled = false", &enabled), "ended: 3");
    assert_has(
        &log_of("telemetry.enabled = true", &[("OTEL_SDK_DISABLED", "true")]),
        "ended: 0",
    );
}

#[test]
fn the_sampler_decides_on_tasks_and_on_spans_of_no_task() {
    let always = |sampler| [("OTEL_TRACES_SAMPLER", sampler)];
    for (config, variables, ended) in [
        ("telemetry.tracing.sample_rate = 0", &[][..], 0),
        ("telemetry.tracing.sampler = 'always_off'", &[], 0),
        ("telemetry.tracing.sampler = 'always_on'", &[], 3),
        ("telemetry.tracing.sample_rate = 0", &always("always_on"), 3),
        ("telemetry.tracing.sampler = 'always_on'", &always("always_off"), 0),
        // The file adds to the builder's namespaces.
        ("telemetry.tracing.steps.namespaces.payments = 0", &[], 2),
        ("telemetry.tracing.steps.sample_rate = 0", &[], 3),
    ] {
        let log = log_of(config, &[variables, &[NOWHERE]].concat());
        assert_has(&log, &format!("ended: {ended}\n"));
    }
}

#[test]
fn a_wrong_file_stops_the_program_at_its_start() {
    let config = ConfigFile::new("[telemetry]\nservice = \"a\"\n");
    let output = run(&config, &[NOWHERE]);
    assert!(!output.status.success());
    let expected = format!(
        "{}:2:1: unknown key `service` in `[telemetry]`",
        config.path().display()
    );
    assert_has(&String::from_utf8_lossy(&output.stderr), &expected);
}

#[test]
fn a_reload_changes_the_rates_and_nothing_else() {
    let next = "[telemetry]\nservice_name = \"next\"\nenabled = false\n[telemetry.tracing]\nsample_rate = 0\n";
    let log = log_of(
        "telemetry.tracing.steps.namespaces.payments = 0.75",
        &[("NEXT", next), NOWHERE],
    );
    assert_has(
        &log,
        "started: tasks 1 steps 0.5 errors true [analytics 0.25, payments 0.75]\n",
    );
    assert_has(
        &log,
        "reloaded: tasks 0 steps 0.5 errors true [analytics 0.25, payments 1]\nfine\n1+0\n",
    );
    assert_has(&log, "ended: 0");
    assert_has(
        line_of(&log, "applied the sampling of the configuration file"),
        "file=file",
    );
    let warning = line_of(&log, "restart to apply");
    assert_has(warning, "WARN");
    assert_has(warning, "keys=telemetry.enabled, telemetry.service_name");
}

#[test]
fn the_environment_wins_over_a_reload_too() {
    let next = ("NEXT", "telemetry.tracing.sample_rate = 0");
    let log = log_of("", &[next, ("OTEL_TRACES_SAMPLER", "always_on"), NOWHERE]);
    assert_has(&log, "reloaded: tasks 1 ");
    assert_has(&log, "ended: 3");
}

#[test]
fn a_reload_of_a_wrong_file_changes_nothing_and_says_so() {
    let first = "telemetry.tracing.steps.namespaces.payments = 1";
    let next = "[telemetry.tracing]\nsample_rate = 0\n[telemetry.tracing.steps]\nsample_rate = 5";
    let log = log_of(first, &[("NEXT", next), NOWHERE]);
    let problem = "file:4:15: invalid value 5 for `telemetry.tracing.steps.sample_rate`: expected a rate from 0 to 1";
    assert_has(
        &log,
        "reloaded: tasks 1 steps 0.5 errors true [analytics 0.25, payments 1]\nerror=file:4:15: ",
    );
    assert_has(&log, &format!("error={problem}\n0+1\nlast=Some({problem:?})\n"));
    let warning = line_of(&log, "the configuration file is not applied");
    assert!(warning.contains("WARN") && warning.contains(problem), "{warning}");
    assert_has(&log, "ended: 3");
}

#[test]
fn an_export_that_starts_later_goes_where_the_file_says() {
    process::alone(|| {
        let collector = Collector::http();
        let config = ConfigFile::new(format!("telemetry.exporter_endpoint = '{}'", collector.url()));
        let telemetry = Telemetry::builder()
            .config_file(config.path())
            .console_only()
            .build()
            .unwrap();
        let options = ExportOptions::new()
            .endpoint("http://127.0.0.1:9")
            .protocol(Protocol::HttpProtobuf);
        telemetry.start_export(options).unwrap();
        drop(opentelemetry::trace::Tracer::start(&telemetry.tracer(), "by hand"));
        assert_eq!(telemetry.shutdown(DEADLINE).unwrap().spans_exported, 1);
        assert_eq!(collector.span_names(), ["by hand"]);
    });
}
