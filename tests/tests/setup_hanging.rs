//! A collector that accepts everything and never answers: nothing takes longer than its deadline.

use std::time::{Duration, Instant};

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};
use tasker_span_tests::collector::Collector;
use tracing_subscriber::layer::SubscriberExt;

/// Far beyond every deadline here, and well below the timeout of an export.
const TOO_LONG: Duration = Duration::from_secs(20);
const DEADLINE: Duration = Duration::from_millis(200);

fn telemetry(collector: &Collector, protocol: Protocol) -> Telemetry {
    Telemetry::builder()
        .export(
            ExportOptions::new()
                .endpoint(collector.url())
                .protocol(protocol)
                .timeout(Duration::from_secs(59)),
        )
        .build()
        .unwrap()
}

fn end_a_span(telemetry: &Telemetry) {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info_span!("lost").in_scope(|| {}));
}

// One test: the reports count the spans of the whole process.
#[test]
fn flush_shutdown_and_drop_return() {
    let begun = Instant::now();
    let collector = Collector::hanging();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let telemetry = telemetry(&collector, protocol);
        end_a_span(&telemetry);
        let flush = telemetry.flush(DEADLINE).unwrap_err();
        assert!(flush.is_timeout(), "{flush}");
        assert_eq!(flush.to_string(), "the flush did not end within 200ms");
        let shutdown = telemetry.shutdown(DEADLINE).unwrap_err();
        assert!(shutdown.is_timeout(), "{shutdown}");
        let report = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((report.spans_ended, report.spans_exported, report.lost()), (1, 0, 1));

        let dropped = self::telemetry(&collector, protocol);
        end_a_span(&dropped);
        drop(dropped);
        assert!(begun.elapsed() < TOO_LONG);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_drop_inside_a_runtime_returns() {
    let begun = Instant::now();
    let collector = Collector::hanging();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        drop(telemetry(&collector, protocol));
    }
    assert!(begun.elapsed() < TOO_LONG);
}
