//! One call installs everything, and spans arrive at a gRPC collector.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, identity, stats, task_span};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::Task;

const DEADLINE: Duration = Duration::from_secs(30);

#[task_span("task.state_transition", from = "pending", to = "initializing")]
async fn transition(task: &Task) -> Result<(), String> {
    tokio::task::yield_now().await;
    query().await;
    Ok(())
}

#[tracing::instrument]
async fn query() {
    tracing::info!("inside");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_of_a_program_arrive() {
    let collector = Collector::grpc();
    let telemetry = Telemetry::builder()
        .service_name("tasker-orchestration")
        .resource_attribute("deployment.environment.name", "test")
        .export(
            ExportOptions::new()
                .endpoint(collector.url())
                .protocol(Protocol::Grpc)
                .header("x-tenant", "50% off"),
        )
        .console(tasker_span_runtime::Console::Off)
        // The exporter's crates open spans at these levels, on threads of our process.
        .log_filter("trace")
        .trace_filter("trace")
        .install()
        .unwrap();

    let task = Task::default();
    transition(&task).await.unwrap();
    let handle = tokio::task::spawn_blocking(move || telemetry.flush(DEADLINE).map(|()| telemetry));
    let telemetry = handle.await.unwrap().unwrap();

    assert_eq!(
        collector.span_names(),
        ["query", "task.state_transition"],
        "and nothing of the exporter's crates"
    );
    let spans = collector.spans();
    let span = |name| spans.iter().find(|span| span.name == name).unwrap();
    let (query, transition) = (span("query"), span("task.state_transition"));
    assert_eq!(query.parent_span_id, transition.span_id);
    assert_eq!(query.events.len(), 1);
    assert_eq!(
        query.trace_id,
        identity::trace_id(task.task_uuid).to_u128().to_be_bytes()
    );
    assert_eq!(
        text(&transition.attributes, "task_uuid"),
        Some(task.task_uuid.to_string())
    );

    assert_eq!(
        collector.resource("service.name").as_deref(),
        Some("tasker-orchestration")
    );
    assert_eq!(
        collector.resource("deployment.environment.name").as_deref(),
        Some("test")
    );
    let request = &collector.requests()[0];
    assert_eq!(
        request.path,
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    );
    assert_eq!(request.headers["x-tenant"], "50% off");

    let report = telemetry.shutdown(DEADLINE).unwrap();
    assert_eq!((report.spans_ended, report.spans_exported, report.lost()), (2, 2, 0));
    assert_eq!((stats().spans_ended, stats().spans_exported), (2, 2));
    assert_eq!(
        telemetry.shutdown(DEADLINE).unwrap(),
        report,
        "a second shutdown only reports"
    );
    assert!(telemetry.flush(DEADLINE).unwrap_err().is_shut_down());

    let error = Telemetry::builder().console_only().install().unwrap_err();
    assert!(error.is_already_installed(), "{error}");
}
