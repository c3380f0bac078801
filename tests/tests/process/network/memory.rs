//! What an exporter holds: nothing for what does not come, and at most so much for what it cannot send.

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, stats};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::process;

use super::PROTOCOLS;
use crate::{DEADLINE, HEAP, end_spans};

/// What the export thread, its connection and the first part of the queue take.
const AT_START: usize = 1_000_000;
/// The default queue and what waits in batches.
const HELD_AT_MOST: usize = 4_000_000;

fn exporting(url: &str, protocol: Protocol) -> Telemetry {
    let options = ExportOptions::new().endpoint(url).protocol(protocol);
    Telemetry::builder().export(options).build().unwrap()
}

/// The most bytes that were held while `work` ran, beyond those from before.
fn held(work: impl FnOnce()) -> usize {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    work();
    HEAP.peak_usage().saturating_sub(before)
}

#[test]
fn a_queue_of_a_million_takes_no_memory_before_it_fills() {
    process::alone_in(&[("OTEL_BSP_MAX_QUEUE_SIZE", "1000000")], || {
        let collector = Collector::grpc();
        end_spans(&exporting(&collector.url(), Protocol::Grpc), 1);
        let mut telemetry = None;
        let held = held(|| {
            let telemetry = telemetry.insert(exporting(&collector.url(), Protocol::Grpc));
            end_spans(telemetry, 100);
            telemetry.flush(DEADLINE).unwrap();
        });
        assert!(held < AT_START, "{held} bytes were held");
    });
}

#[test]
fn a_collector_that_is_away_costs_few_megabytes() {
    process::alone_each(PROTOCOLS, |protocol| {
        let absent = Collector::absent(protocol);
        let held = held(|| {
            let telemetry = exporting(&absent.url(), protocol);
            end_spans(&telemetry, 20_000);
            assert!(stats().spans_refused > 10_000);
            // It would try for its whole timeout.
            std::mem::forget(telemetry);
        });
        assert!(held < HELD_AT_MOST, "{held} bytes were held");
    });
}
