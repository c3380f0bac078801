//! The configuration file beside the builder and the environment: which of them wins, and what a reload changes. The
//! environment and the rates are the process's, so each test runs the program below in a process of its own.

use std::process::{Command, Output};
use std::time::Duration;

use tasker_span_runtime::{
    ExportOptions, Protocol, Sampling, SamplingHandle, Telemetry, identity, stats, step_span, task_span,
};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::config_file::ConfigFile;
use tasker_span_tests::fixture::{Step, Task};

#[task_span("step.discovery")]
fn discover(task: &Task) {
    tracing::info!("discovering");
}

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step) {
    tracing::info!("executing");
}

#[tracing::instrument]
fn of_no_task() {}

fn print(when: &str, sampling: &SamplingHandle) {
    let rates: Vec<_> = sampling
        .namespace_rates()
        .iter()
        .map(|(name, rate)| format!("{name} {rate}"))
        .collect();
    eprintln!(
        "{when}: tasks {} steps {} errors {} [{}]",
        sampling.task_rate(),
        sampling.step_rate(),
        sampling.keep_errors(),
        rates.join(", "),
    );
}

/// The program. It has settings of its own, and reads the file that `CONFIG` names; nothing listens at its own endpoint.
/// With `NEXT` the file gets this content, and is read again.
#[test]
#[ignore = "run by the other tests, with variables set"]
fn program() {
    let path = std::env::var_os("CONFIG").unwrap();
    let telemetry = Telemetry::builder()
        .service_name("builder")
        .export(
            ExportOptions::new()
                .endpoint("http://127.0.0.1:9")
                .protocol(Protocol::HttpProtobuf)
                .timeout(Duration::from_secs(1)),
        )
        .sampling(
            Sampling::new()
                .step_rate(0.5)
                .namespace_rate("payments", 1.0)
                .namespace_rate("analytics", 0.25),
        )
        .config_file(&path)
        .install()
        .unwrap_or_else(|error| panic!("{error}"));
    let sampling = telemetry.sampling();
    print("started", &sampling);
    if let Ok(next) = std::env::var("NEXT") {
        std::fs::write(&path, next).unwrap();
        let result = sampling.reload();
        print("reloaded", &sampling);
        eprintln!(
            "{}",
            result.map_or_else(|error| format!("error={error}"), |()| "fine".to_owned())
        );
        let counts = stats();
        eprintln!("{}+{}", counts.config_reloads, counts.config_reloads_failed);
        eprintln!(
            "rejected={:?}",
            sampling.last_reload_error().map(|error| error.to_string())
        );
    }
    let task = Task::default();
    discover(&task);
    execute(&task, &task.step());
    of_no_task();
    let report = telemetry.shutdown(Duration::from_secs(30)).unwrap();
    eprintln!("TRACE={} {report:?}", identity::trace_id(task.task_uuid));
}

fn run(config: &ConfigFile, variables: &[(&str, &str)]) -> Output {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "program", "--ignored", "--nocapture"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG") {
        program.env_remove(name);
    }
    program
        .env("CONFIG", config.path())
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// What the program wrote to standard error, where it ran to its end.
fn log_of(content: &str, variables: &[(&str, &str)]) -> String {
    let config = ConfigFile::new(content);
    let output = run(&config, variables);
    let log = String::from_utf8_lossy(&output.stderr).replace(&config.path().display().to_string(), "file");
    assert!(output.status.success(), "{log}");
    log
}

fn assert_has(log: &str, line: &str) {
    assert!(log.contains(line), "{line:?} is not in:\n{log}");
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
    let mut names = collector.span_names();
    names.sort();
    assert_eq!(names, ["of_no_task", "step.discovery", "step.execution"]);
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
        ],
    );
    // Of steps no variable says anything.
    assert_has(
        &log,
        "started: tasks 1 steps 0.125 errors false [analytics 0.25, payments 1]\n",
    );
    assert!(of_file.requests().is_empty());
    assert_eq!(of_environment.resource("service.name").as_deref(), Some("environment"));
    assert_eq!(of_environment.spans().len(), 3);
}

#[test]
fn a_variable_of_the_environment_can_stand_in_the_file() {
    let collector = Collector::http();
    let config = "[telemetry]\nexporter_endpoint = \"${OTEL_EXPORTER_OTLP_ENDPOINT:-http://127.0.0.1:9}\"\n\
                  service_name = \"tasker-${ROLE}\"\n[telemetry.tracing.steps]\nsample_rate = \"${RATE}\"\n";
    let log = log_of(
        config,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
            ("ROLE", "worker"),
            ("RATE", "0.125"),
        ],
    );
    assert_has(&log, "started: tasks 1 steps 0.125");
    assert_eq!(collector.resource("service.name").as_deref(), Some("tasker-worker"));
}

#[test]
fn a_file_can_turn_everything_off() {
    let log = log_of("telemetry.enabled = false", &[]);
    let line = log.lines().find(|line| line.contains("discovering")).unwrap();
    assert!(!line.contains("trace_id="), "{line}");
    assert_has(&log, "ended: 0");
    let log = log_of("telemetry.enabled = false\ntelemetry.tracing.sample_rate = 0", &[]);
    let line = log.lines().find(|line| line.contains("discovering")).unwrap();
    assert!(!line.contains("trace_id="), "nothing is dropped either: {line}");
    assert_has(
        &log_of("telemetry.enabled = false", &[("OTEL_SDK_DISABLED", "false"), NOWHERE]),
        "ended: 3",
    );
    assert_has(
        &log_of("telemetry.enabled = true", &[("OTEL_SDK_DISABLED", "true")]),
        "ended: 0",
    );
}

#[test]
fn the_samplers_decide_on_tasks_and_on_what_belongs_to_none() {
    for (config, variables, ended) in [
        ("telemetry.tracing.sample_rate = 0", &[][..], 0),
        ("telemetry.tracing.sampler = 'always_off'", &[], 0),
        ("telemetry.tracing.sampler = 'always_on'", &[], 3),
        (
            "telemetry.tracing.sample_rate = 0",
            &[("OTEL_TRACES_SAMPLER", "always_on")],
            3,
        ),
        (
            "telemetry.tracing.sampler = 'always_on'",
            &[("OTEL_TRACES_SAMPLER", "always_off")],
            0,
        ),
        // The builder's namespaces are not the file's to forget.
        ("telemetry.tracing.steps.namespaces.payments = 0", &[], 2),
        ("telemetry.tracing.steps.sample_rate = 0", &[], 3),
    ] {
        let log = log_of(config, &[variables, &[NOWHERE]].concat());
        assert_has(&log, &format!("{{ ended: {ended},"));
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
    assert_has(&log, "sampling follows the configuration file as it is now file=file");
    let warning = log
        .lines()
        .find(|line| line.contains("holds from the next start on"))
        .unwrap();
    assert_has(warning, "WARN");
    assert_has(warning, "keys=telemetry.enabled, telemetry.service_name");
}

#[test]
fn the_environment_wins_over_a_reload_too() {
    let variables = [
        ("NEXT", "telemetry.tracing.sample_rate = 0"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
        NOWHERE,
    ];
    let log = log_of("", &variables);
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
    assert_has(&log, &format!("error={problem}\n0+1\nrejected=Some({problem:?})\n"));
    let warning = log
        .lines()
        .find(|line| line.contains("the configuration file is rejected"))
        .unwrap();
    assert!(warning.contains("WARN") && warning.contains(problem), "{warning}");
    assert_has(&log, "ended: 3");
}

#[test]
fn export_that_starts_later_goes_where_the_file_says() {
    let collector = Collector::http();
    let config = ConfigFile::new(format!("telemetry.exporter_endpoint = '{}'", collector.url()));
    let telemetry = Telemetry::builder()
        .config_file(config.path())
        .console_only()
        .build()
        .unwrap();
    let options = tasker_span_runtime::ExportOptions::new()
        .endpoint("http://127.0.0.1:9")
        .protocol(Protocol::HttpProtobuf);
    telemetry.start_export(options).unwrap();
    drop(opentelemetry::trace::Tracer::start(&telemetry.tracer(), "by hand"));
    assert_eq!(telemetry.shutdown(Duration::from_secs(30)).unwrap().spans_exported, 1);
    assert_eq!(collector.span_names(), ["by hand"]);
}

#[test]
fn methods_that_do_not_fit_together() {
    let build =
        |builder: tasker_span_runtime::TelemetryBuilder| builder.console_only().build().unwrap_err().to_string();
    let watch = |interval| Telemetry::builder().watch_config(interval);
    assert_eq!(
        build(watch(Duration::from_secs(5))),
        "invalid value \"5s\" for `.watch_config(…)`: there is no file to watch: expected `.config_file(…)` too"
    );
    assert_eq!(
        build(watch(Duration::ZERO).config_file("file")),
        "invalid value \"0ns\" for `.watch_config(…)`: expected a duration above zero"
    );
    assert_eq!(
        build(Telemetry::builder().sampling(Sampling::new().namespace_rate("payments", f64::NAN))),
        "invalid sampling by `.sampling(…)`: the rate of the namespace \"payments\" is NaN, expected a number from 0 to 1"
    );
    let telemetry = Telemetry::builder().console_only().build().unwrap();
    let error = telemetry.sampling().reload().unwrap_err();
    assert!(error.is_invalid_configuration());
    assert_eq!(
        error.to_string(),
        "there is no configuration file to read again: name one with `.config_file(…)`"
    );
    assert!(telemetry.sampling().last_reload_error().is_none());
}
