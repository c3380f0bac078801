//! The command on a real Jaeger, with spans that the runtime exported.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Sampling, Telemetry, Uuid, identity, step_span, task_span};
use tasker_span_tests::servers::{url, wait_for};
use tracing::dispatcher;
use tracing_subscriber::layer::SubscriberExt;

use super::run;

#[task_span("task.state_transition", task_uuid = task, correlation_id = task, namespace = "payments", from = from, to = to)]
fn transition(task: Uuid, from: &str, to: &str) {}

#[step_span(
    "step.execution",
    task_uuid = task, correlation_id = task, step_uuid = step, namespace = "payments", handler_name = "支払い🚚",
    attempt_number = attempt
)]
fn execute(task: Uuid, step: Uuid, attempt: u32) -> Result<(), String> {
    if attempt == 1 {
        Err("declined".to_owned())
    } else {
        Ok(())
    }
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn an_exported_task_is_shown_and_clean() {
    let telemetry = Telemetry::builder()
        .service_name("tasker-span-command")
        .sampling(Sampling::new())
        .export(
            ExportOptions::new()
                .protocol(Protocol::Grpc)
                .endpoint(url("TASKER_SPAN_OTLP_GRPC_URL")),
        )
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let (task, step) = (Uuid::now_v7(), Uuid::now_v7());
    let jaeger = url("TASKER_SPAN_JAEGER_URL");
    dispatcher::with_default(&subscriber.into(), || {
        transition(task, "pending", "initializing");
        execute(task, step, 1).unwrap_err();
        execute(task, step, 2).unwrap();
        transition(task, "evaluating_results", "complete");
    });
    telemetry.shutdown(Duration::from_secs(10)).unwrap();

    let queries = [
        format!("correlation_id={task}"),
        format!("task_uuid={task}"),
        format!("step_uuid={step}"),
        identity::trace_id(task).to_string(),
    ];
    for query in &queries {
        let text = wait_for(query, || {
            let (code, text, errors) = run(&["trace", "--jaeger", &jaeger, query]);
            let is_whole = code == 0 && text.contains("task.orchestration  complete") && text.contains("attempt 2");
            if is_whole {
                Ok(text)
            } else {
                Err(format!("{code}\n{text}{errors}"))
            }
        });
        for part in ["tasker-span-command", "支払い🚚", "✗ declined", "⇢ step.execution"] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let (code, text, errors) = run(&["check", "--jaeger", &jaeger, query]);
        assert_eq!((code, &*text), (0, ""), "{errors}");
    }
    let (code, text, errors) = run(&["trace", "--follow", "--jaeger", &jaeger, &queries[0]]);
    assert!(code == 0 && text.contains("attempt 2"), "{text}{errors}");
    let (code, _, errors) = run(&["trace", "--jaeger", &jaeger, &format!("task_uuid={}", Uuid::now_v7())]);
    assert!(code == 1 && errors.starts_with("Jaeger has no such trace"), "{errors}");
}
