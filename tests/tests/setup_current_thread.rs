//! A `current_thread` runtime: flush and shutdown block its only thread, and must not need it.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Telemetry, task_span};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;

const DEADLINE: Duration = Duration::from_secs(30);

#[task_span("step.discovery")]
async fn discover(task: &Task) {
    tokio::task::yield_now().await;
}

#[tokio::test(flavor = "current_thread")]
async fn grpc_exports_while_the_runtime_is_blocked() {
    let collector = Collector::grpc();
    let telemetry = Telemetry::builder()
        .export(ExportOptions::new().endpoint(collector.url()))
        .console(tasker_span_runtime::Console::Off)
        .install()
        .unwrap();
    discover(&Task::default()).await;
    telemetry.flush(DEADLINE).unwrap();
    assert_eq!(collector.spans().len(), 1);
    discover(&Task::default()).await;
    assert_eq!(telemetry.shutdown(DEADLINE).unwrap().spans_exported, 2);
    // Dropped inside the runtime, with the exporter's own runtime behind it.
    drop(telemetry);
    assert_eq!(collector.spans().len(), 2);
}
