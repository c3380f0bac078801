//! A process that has just started, and knows of a task what a message of another process tells.

use std::env;

use tasker_span_runtime::{Console, Telemetry};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use crate::DEADLINE;
use crate::setup::file::ConfigFile;

#[task_span("task.result", within = "task.orchestration", link = sender, task_uuid = id, inherit(correlation_id, namespace))]
fn process_result(id: Uuid, sender: &TraceContext) {
    finish_task(id);
}

#[task_span("task.state_transition", task_uuid = id, from = "evaluating_results", to = "complete", inherit)]
fn finish_task(id: Uuid) {}

/// An orchestrator that is given `TASK`, and the headers of its message in `MESSAGE`. It logs its spans.
#[test]
#[ignore = "a program that the other tests run"]
fn orchestrator() {
    let store = SpanStore::new();
    let builder = Telemetry::builder()
        .console(Console::Off)
        .console_only()
        .span_processor(store.clone());
    let builder = match env::var_os("CONFIG") {
        Some(path) => builder.config_file(path),
        None => builder,
    };
    let telemetry = builder.install().unwrap();
    let task = Uuid::try_parse(&env::var("TASK").unwrap()).unwrap();
    let message = serde_json::from_str::<TraceContext>(&env::var("MESSAGE").unwrap()).unwrap();
    process_result(task, &message);
    let text = |span: &CapturedSpan| {
        let names = ["correlation_id", "namespace", "tasker.violation"];
        let values = names.map(|name| span.text(name).unwrap_or("-").to_owned());
        format!("{} {}", span.name(), values.join(" "))
    };
    for span in &store.spans() {
        eprintln!("span: {}", text(span));
    }
    eprintln!("missing: {}", stats().missing_attributes);
    drop(telemetry.shutdown(DEADLINE));
}

/// The spans of the orchestrator, in the order of their lines, and its log.
fn run(task: &Task, message: &TraceContext, variables: &[(&str, &str)]) -> (Vec<String>, String) {
    let program = process::program(orchestrator)
        .env("TASK", &task.task_uuid.to_string())
        .env("MESSAGE", &serde_json::to_string(message).unwrap())
        .envs(variables);
    let log = program.log();
    let spans = log.lines().filter_map(|line| line.strip_prefix("span: "));
    let mut spans: Vec<_> = spans.map(str::to_owned).collect();
    spans.sort_unstable();
    (spans, log)
}

/// The message of a worker, in this process.
fn sent(task: &Task, sampling: Sampling) -> TraceContext {
    let _capture = Capture::builder().sampling(sampling).start();
    execute(task, &task.step(), || submit(TraceContext::current))
}

const NAMES: [&str; 3] = ["task.orchestration", "task.result", "task.state_transition"];

#[test]
fn its_spans_are_whole_from_the_first_message_on() {
    for sampling in [Sampling::new(), Sampling::new().step_rate(0.0)] {
        let task = Task::of("team a/payments");
        let (spans, log) = run(&task, &sent(&task, sampling), &[]);
        let whole = format!("{} team a/payments -", task.correlation_id);
        assert_eq!(spans, NAMES.map(|name| format!("{name} {whole}")));
        assert!(log.contains("missing: 0"), "{log}");
    }
}

#[test]
fn an_unknown_namespace_is_what_the_file_says() {
    let task = Task::default();
    let sent = sent(&task, Sampling::new());
    // A sender in another language that knows the correlation id alone.
    let member = sent.tracestate().and_then(|member| member.split_once(";n:")).unwrap().0;
    let sent = TraceContext::from_headers(sent.traceparent().as_deref(), Some(member));
    for (unknown, violation, missing) in [
        ("absent", "-", 0),
        (
            "violation",
            "NAME has no namespace: no argument, enclosing span or identity cache supplies it",
            2,
        ),
    ] {
        let config = ConfigFile::new(format!("telemetry.tracing.unknown_namespace = \"{unknown}\""));
        let (spans, log) = run(&task, &sent, &[("CONFIG", config.path().to_str().unwrap())]);
        let expected = NAMES.map(|name| {
            let violation = if name == "task.orchestration" { "-" } else { violation };
            format!("{name} {} - {}", task.correlation_id, violation.replace("NAME", name))
        });
        assert_eq!(spans, expected);
        assert!(log.contains(&format!("missing: {missing}\n")), "{log}");
    }
}
