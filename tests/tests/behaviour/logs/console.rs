//! The console of a program, and the unsampled spans in it.

use tasker_span_runtime::Telemetry;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

/// The program whose console the tests read.
#[test]
#[ignore = "a program of other tests"]
fn program() {
    let builder = Telemetry::builder()
        .sampling(Sampling::new().step_rate(0.0))
        .without_settings_line()
        .console_only();
    let setting = std::env::var("LOGS");
    let is_by_sampling = setting.as_deref() == Ok("by sampling");
    let builder = match setting {
        Ok(_) if is_by_sampling => builder.log_filter_by_sampling(),
        Ok(_) => builder.log_sampled_only(),
        Err(_) => builder,
    };
    let telemetry = builder.install().unwrap();
    let task = Task::default();
    orchestrate(&task, || {
        if is_by_sampling {
            tracing::info!("begun");
        }
        execute(&task, &task.step(), || {
            let current = TraceContext::current();
            let [trace_id, span_id] = [
                current.trace_id().unwrap().to_string(),
                current.span_id().unwrap().to_string(),
            ];
            for _ in 0..2 {
                tracing::info!("IDS=trace_id={trace_id} span_id={span_id}");
                // Promotes the spans.
                assert!(!tracing::Span::current().is_none());
            }
            tracing::info_span!("helper").in_scope(|| tracing::info!("helped"));
            tracing::warn!("slow");
        });
    });
    drop(telemetry);
}

fn lines(program: process::Program) -> Vec<String> {
    let log = program.log();
    let lines = log.lines().filter(|line| line.contains(" INFO "));
    lines.map(str::to_owned).collect()
}

fn without_time(line: &str) -> &str {
    line.split_once("Z ").unwrap().1
}

#[test]
fn it_shows_unsampled_spans() {
    let lines = lines(process::program(program));
    let [inside, promoted, helped] = &lines[..] else {
        panic!("{lines:#?}")
    };
    assert_eq!(without_time(promoted), without_time(inside));
    let (_, ids) = inside.split_once("IDS=").unwrap();
    for line in [inside, helped] {
        assert!(line.contains(&format!("Z {ids}  INFO task.orchestration{{")), "{line}");
        assert!(line.contains("}:step.execution{correlation_id="), "{line}");
    }
    assert!(inside.contains(&format!("}}: {}: IDS=", module_path!())), "{inside}");
    assert!(helped.contains("}:helper"), "the step encloses it: {helped}");
}

#[test]
fn it_leaves_unsampled_spans_out_if_asked() {
    let lines = lines(process::program(program).env("LOGS", "of sampled spans only"));
    assert_eq!(lines.len(), 3);
    assert_eq!(without_time(&lines[1]), without_time(&lines[0]));
    for line in lines {
        assert!(
            !line.contains("step.execution{") && line.contains("task.orchestration{"),
            "{line}"
        );
        assert!(!line.split(" INFO ").next().unwrap().contains("trace_id="), "{line}");
    }
}

#[test]
fn it_follows_the_sampling_if_asked() {
    let program = process::program(program).env("LOGS", "by sampling");
    let log = program.log();
    let inside: Vec<_> = log.lines().filter(|line| line.contains("step.execution{")).collect();
    let [warning] = &inside[..] else { panic!("{inside:#?}") };
    assert!(warning.contains(" WARN ") && warning.ends_with(": slow"), "{warning}");
    assert!(log.lines().any(|line| line.ends_with(": begun")), "{log}");
}
