//! One call installs everything, and spans arrive at a collector.

use std::time::Duration;

use opentelemetry::trace::TraceContextExt;
use tasker_span_runtime::{Console, ExportOptions, Protocol, Telemetry, identity, stats, task_span};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{DEADLINE, discover};

#[task_span("task.state_transition", from = "pending", to = "initializing")]
async fn transition(task: &Task) {
    tokio::task::yield_now().await;
    query().await;
}

#[tracing::instrument]
async fn query() {
    tracing::info!("inside");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

#[test]
fn spans_arrive_over_grpc() {
    process::alone(|| {
        let collector = Collector::grpc();
        let export = ExportOptions::new().endpoint(collector.url()).protocol(Protocol::Grpc);
        let telemetry = Telemetry::builder()
            .service_name("tasker-orchestration")
            .resource_attribute("deployment.environment.name", "test")
            .export(export.header("x-tenant", "50% off"))
            .console(Console::Off)
            // The exporter's crates open spans at these levels, on threads of our process.
            .log_filter("trace")
            .trace_filter("trace")
            .install()
            .unwrap();

        let task = Task::default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let telemetry = runtime.block_on(async {
            transition(&task).await;
            let flush = tokio::task::spawn_blocking(move || telemetry.flush(DEADLINE).map(|()| telemetry));
            flush.await.unwrap().unwrap()
        });

        let names = collector.span_names();
        assert_eq!(
            names,
            ["query", "task.state_transition"],
            "and nothing of the exporter's crates"
        );
        let spans = collector.spans();
        let [query, transition] =
            ["query", "task.state_transition"].map(|name| spans.iter().find(|span| span.name == name).unwrap());
        assert_eq!(query.parent_span_id, transition.span_id);
        assert_eq!(query.events.len(), 1);
        let trace_id = identity::trace_id(task.task_uuid).to_u128();
        assert_eq!(query.trace_id, trace_id.to_be_bytes());
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

        let counts = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((counts.spans_ended, counts.spans_exported, counts.lost()), (2, 2, 0));
        assert_eq!((stats().spans_ended, stats().spans_exported), (2, 2));
        assert_eq!(
            telemetry.shutdown(DEADLINE).unwrap(),
            counts,
            "a second shutdown only reports"
        );
        assert!(telemetry.flush(DEADLINE).unwrap_err().is_shut_down());

        let error = Telemetry::builder().console_only().install().unwrap_err();
        assert!(error.is_already_installed(), "{error}");
    });
}

#[test]
fn spans_arrive_over_http() {
    process::alone(|| {
        let collector = Collector::http();
        let export = ExportOptions::new()
            .endpoint(collector.url())
            .protocol(Protocol::HttpProtobuf);
        let builder = Telemetry::builder().export(export.header("authorization", "Bearer 50%25"));
        let builder = builder.console(Console::Off).trace_filter("trace");
        // Inside an asynchronous `main`, whose only thread is blocked by the shutdown and must not
        // be needed.
        let counts = runtime().block_on(async {
            let telemetry = builder.install().unwrap();
            transition(&Task::default()).await;
            telemetry.shutdown(DEADLINE).unwrap()
        });
        assert_eq!((counts.spans_exported, counts.lost()), (2, 0));
        let names = collector.span_names();
        assert_eq!(
            names,
            ["query", "task.state_transition"],
            "and nothing of the exporter's crates"
        );
        let request = &collector.requests()[0];
        assert_eq!(request.path, "/v1/traces");
        assert_eq!(request.headers["authorization"], "Bearer 50%25");
        assert_eq!(request.headers["content-type"], "application/x-protobuf");
    });
}

#[test]
fn grpc_exports_while_the_program_s_only_runtime_is_blocked() {
    process::alone(|| {
        let collector = Collector::grpc();
        runtime().block_on(async {
            let export = ExportOptions::new().endpoint(collector.url());
            let telemetry = Telemetry::builder()
                .export(export)
                .console(Console::Off)
                .install()
                .unwrap();
            discover(&Task::default());
            telemetry.flush(DEADLINE).unwrap();
            assert_eq!(collector.spans().len(), 1);
            discover(&Task::default());
            assert_eq!(telemetry.shutdown(DEADLINE).unwrap().spans_exported, 2);
            // Dropped inside the runtime, with the exporter's own runtime behind it.
            drop(telemetry);
        });
        assert_eq!(collector.spans().len(), 2);
    });
}

/// A program without a Tokio runtime that begins with the console, and exports later.
#[test]
fn spans_have_their_ids_before_there_is_an_exporter() {
    #[task_span("step.discovery")]
    fn discover(task: &Task) {
        // Through the layer that `tracing-opentelemetry` finds behind ours.
        let context = tracing::Span::current().context();
        let trace_id = context.span().span_context().trace_id().to_bytes();
        assert_eq!(trace_id, identity::trace_id(task.task_uuid).to_u128().to_be_bytes());
    }
    process::alone(|| {
        let telemetry = Telemetry::builder()
            .service_name("ffi-host")
            .console_only()
            .install()
            .unwrap();
        let task = Task::default();
        discover(&task);
        telemetry.flush(DEADLINE).unwrap();

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
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!(collector.span_names(), ["open during the upgrade", "step.discovery"]);
        assert_eq!(collector.resource("service.name").as_deref(), Some("ffi-host"));
        let counts = (
            stats.spans_ended,
            stats.spans_not_exported,
            stats.spans_exported,
            stats.lost(),
        );
        assert_eq!(counts, (3, 1, 2, 0));
        assert!(telemetry.start_export(options).unwrap_err().is_shut_down());
    });
}

/// A collector whose host accepts connections and never says a word.
#[test]
fn nothing_takes_longer_than_its_deadline() {
    const SHORT: Duration = Duration::from_millis(100);
    process::alone_each([Protocol::Grpc, Protocol::HttpProtobuf], |protocol| {
        let begun = std::time::Instant::now();
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let build = || {
            let endpoint = format!("http://{}", silent.local_addr().unwrap());
            let options = ExportOptions::new().endpoint(endpoint).protocol(protocol);
            Telemetry::builder()
                .export(options.timeout(Duration::from_secs(59)))
                .build()
                .unwrap()
        };
        let telemetry = build();
        crate::end_spans(&telemetry, 1);
        let flush = telemetry.flush(SHORT).unwrap_err();
        assert!(flush.is_timeout(), "{flush}");
        assert_eq!(flush.to_string(), "the flush did not end within 100ms");
        let shutdown = telemetry.shutdown(SHORT).unwrap_err();
        assert!(shutdown.is_timeout(), "{shutdown}");
        assert!(telemetry.shutdown(SHORT).unwrap_err().is_timeout(), "the same answer");
        // It may still arrive.
        let stats = tasker_span_runtime::stats();
        assert_eq!((stats.spans_ended, stats.pending(), stats.lost()), (1, 1, 0));

        runtime().block_on(async { drop(build()) });
        let dropped = build();
        crate::end_spans(&dropped, 1);
        drop(dropped);
        // Far beyond every deadline here, and well below the timeout of an export.
        assert!(begun.elapsed() < Duration::from_secs(20));
    });
}
