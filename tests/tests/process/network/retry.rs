//! Batches that are sent again arrive once. How often and when is tested with the transport.

use std::thread;
use std::time::Instant;

use tasker_span_runtime::Protocol;
use tasker_span_tests::collector::{Behaviour, Refusal};
use tasker_span_tests::export_program::SPANS;
use tasker_span_tests::process;
use tasker_span_tests::servers::wait_for;

use super::{PROTOCOLS, run, set_up};
use crate::{DEADLINE, end_spans};

/// The collector refuses until it has done so `times`, and takes from then on.
fn arrives_once(protocol: Protocol, refusal: Behaviour, times: u64) {
    let (collector, telemetry) = set_up(protocol, refusal, DEADLINE);
    end_spans(&telemetry, SPANS);
    thread::scope(|threads| {
        let flush = threads.spawn(|| telemetry.flush(DEADLINE));
        wait_for("refusals", || {
            let counts = collector.counts();
            if counts.refused >= times {
                Ok(())
            } else {
                Err(format!("{counts:?}"))
            }
        });
        collector.behave(Behaviour::Take);
        flush.join().unwrap().unwrap();
    });
    let (counts, stats) = (collector.counts(), telemetry.shutdown(DEADLINE).unwrap());
    assert_eq!((counts.taken, counts.repeated), (SPANS, 0));
    assert_eq!((stats.spans_exported, stats.lost(), stats.pending()), (SPANS, 0, 0));
}

#[test]
fn a_batch_arrives_once_after_the_collector_was_unavailable() {
    process::alone_each(PROTOCOLS, |protocol| {
        arrives_once(protocol, Behaviour::Refuse(Refusal::UNAVAILABLE), 2);
    });
}

/// A proxy answers with its page while the collector restarts.
#[test]
fn a_batch_arrives_once_after_a_proxy_s_page() {
    process::alone_each(PROTOCOLS, |protocol| arrives_once(protocol, Behaviour::Page(502), 2));
}

#[test]
fn a_date_says_when_to_try_again() {
    process::alone(|| {
        let begun = Instant::now();
        arrives_once(
            Protocol::HttpProtobuf,
            Behaviour::Refuse(Refusal::THROTTLED.retry_at(3)),
            1,
        );
        // Dates have whole seconds.
        assert!(begun.elapsed().as_secs() >= 2, "{:?}", begun.elapsed());
    });
}

#[test]
fn a_collector_may_close_each_connection_after_its_answer() {
    for protocol in PROTOCOLS {
        let (found, _) = run(protocol, Behaviour::Close, &[("FLUSHES", "20")]);
        found.assert_arrived();
        assert_eq!(found.exported, 20 * SPANS);
    }
}
