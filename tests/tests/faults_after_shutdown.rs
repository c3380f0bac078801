//! Spans that end after the telemetry was shut down are lost, and counted as such. Alone in its process: it looks at counts.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Telemetry, task_scope};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tracing_subscriber::layer::SubscriberExt;

const DEADLINE: Duration = Duration::from_secs(30);

#[test]
fn what_ends_after_the_shutdown_is_counted_as_lost() {
    let collector = Collector::grpc();
    let telemetry = Telemetry::builder()
        .export(ExportOptions::new().endpoint(collector.url()))
        .build()
        .unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        let scope = |task: &Task| task_scope!("task.audit", within = "task.orchestration", task = task);
        let open = scope(&Task::default()).enter();
        assert_eq!(telemetry.shutdown(DEADLINE).unwrap().lost(), 0);
        drop(open);
        drop(scope(&Task::default()));
    });
    let report = telemetry.shutdown(DEADLINE).unwrap();
    assert_eq!((report.spans_ended, report.spans_exported, report.lost()), (2, 0, 2));
}
