//! A million scopes, opened and dropped: memory does not grow. Alone in its process, whose memory and counts it looks at.

use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter};
use peak_alloc::PeakAlloc;
use tasker_span_runtime::{Sampling, Telemetry, stats};
use tasker_span_tests::scopes::Manner;
use tracing_subscriber::layer::SubscriberExt;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Less than a byte for each scope.
const GROWN_AT_MOST: usize = 20_000;
/// The queue, and a thousand open scopes.
const PEAK_AT_MOST: usize = 8_000_000;

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_million_scopes_leave_nothing_behind() {
    let queue = BatchConfigBuilder::default()
        .with_max_queue_size(256)
        .with_max_export_batch_size(64);
    let queue = BatchSpanProcessor::builder(Nowhere)
        .with_batch_config(queue.build())
        .build();
    let telemetry = Telemetry::builder()
        .console_only()
        .span_processor(queue)
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        for (what, scopes, sampling) in [
            ("kept", [20_000; 3], Sampling::new()),
            ("dropped", [400_000, 400_000, 200_000], Sampling::new().task_rate(0.0)),
        ] {
            telemetry.sampling().set(sampling).unwrap();
            for (manner, scopes) in Manner::ALL.into_iter().zip(scopes) {
                let before = stats().spans_ended;
                let left = manner.measure(scopes, || drop(telemetry.flush(Duration::from_mins(1))));
                println!("{scopes} {what} {manner}: {left:?}");
                assert!(left.grown < GROWN_AT_MOST && left.peak < PEAK_AT_MOST, "{left:?}");
                assert_eq!(stats().spans_ended > before, what == "kept");
            }
        }
    });
}
