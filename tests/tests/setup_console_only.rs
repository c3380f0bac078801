//! A program without a Tokio runtime that begins with the console, and exports later.

use std::time::Duration;

use opentelemetry::trace::TraceContextExt;
use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, identity, task_span};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tracing_opentelemetry::OpenTelemetrySpanExt;

#[task_span("step.discovery")]
fn discover(task: &Task) {
    // The layer that `tracing-opentelemetry` finds behind ours.
    let context = tracing::Span::current().context();
    let trace_id = context.span().span_context().trace_id().to_bytes();
    assert_eq!(trace_id, identity::trace_id(task.task_uuid).to_u128().to_be_bytes());
}

#[test]
fn spans_have_their_ids_before_there_is_an_exporter() {
    let telemetry = Telemetry::builder()
        .service_name("ffi-host")
        .console_only()
        .install()
        .unwrap();
    let task = Task::default();
    discover(&task);
    telemetry.flush(Duration::from_secs(30)).unwrap();

    let open = tracing::info_span!("open during the upgrade");
    let collector = Collector::grpc();
    let options = ExportOptions::new().endpoint(collector.url());
    let wrong = telemetry
        .start_export(options.clone().endpoint("collector"))
        .unwrap_err();
    assert!(wrong.is_invalid_endpoint(), "{wrong}");
    telemetry.start_export(options.clone()).unwrap();
    let again = telemetry
        .start_export(options.clone().protocol(Protocol::HttpProtobuf))
        .unwrap_err();
    assert!(again.is_already_installed(), "{again}");

    discover(&task);
    drop(open);
    let report = telemetry.shutdown(Duration::from_secs(30)).unwrap();
    assert_eq!(collector.span_names(), ["open during the upgrade", "step.discovery"]);
    assert_eq!(collector.resource("service.name").as_deref(), Some("ffi-host"));
    assert_eq!(
        (
            report.spans_ended,
            report.spans_not_exported,
            report.spans_exported,
            report.lost()
        ),
        (3, 1, 2, 0)
    );
    assert!(telemetry.start_export(options).unwrap_err().is_shut_down());
}
