//! Spans arrive at an HTTP collector, set up inside an asynchronous `main`.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, task_span};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;

#[task_span("step.discovery")]
async fn discover(task: &Task) {
    tokio::task::yield_now().await;
}

#[tokio::test]
async fn spans_of_a_program_arrive() {
    let collector = Collector::http();
    let telemetry = Telemetry::builder()
        .service_name("tasker-orchestration")
        .export(
            ExportOptions::new()
                .endpoint(collector.url())
                .protocol(Protocol::HttpProtobuf)
                .header("authorization", "Bearer 50%25"),
        )
        .console(tasker_span_runtime::Console::Off)
        .trace_filter("trace")
        .install()
        .unwrap();

    discover(&Task::default()).await;
    // Blocks the runtime's only thread, and must not need it.
    let report = telemetry.shutdown(Duration::from_secs(30)).unwrap();

    assert_eq!((report.spans_exported, report.lost()), (1, 0));
    assert_eq!(
        collector.span_names(),
        ["step.discovery"],
        "and nothing of the exporter's crates"
    );
    let request = &collector.requests()[0];
    assert_eq!(request.path, "/v1/traces");
    assert_eq!(request.headers["authorization"], "Bearer 50%25");
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
}
