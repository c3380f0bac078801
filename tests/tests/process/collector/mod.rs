//! Fault injection: the collector fails in every way that it can, and the program does not notice.
//! Each call returns its value, memory is bounded, every span arrives or is counted as lost, and
//! once the collector is back, new spans arrive.

mod export;

use std::process::Command;
use std::time::Duration;

use tasker_span_runtime::Protocol;
use tasker_span_tests::fault_injection::{self, CollectorProcess, Fault, Outcome, Trial, Work};
use tasker_span_tests::process;

use crate::DEADLINE;

const PROTOCOLS: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];
/// While the fault holds; their spans fill the queue.
const CALLS: u64 = 1_024;
/// What the queue takes before it has a span; less, and nothing was measured.
const QUEUE: usize = 500_000;
/// A full queue and the copies of a batch on its way.
const HELD_AT_MOST: usize = 10_000_000;

#[test]
#[ignore = "a program that the other tests run"]
fn collector() {
    assert!(fault_injection::serve(), "started by a trial");
}

fn command() -> Command {
    process::program(collector).command()
}

/// Tries the fault, and checks what holds for all of them.
fn survive(fault: Fault, protocol: Protocol, timeout: Duration) -> Outcome {
    let overload = Duration::from_secs(1);
    let trial = Trial {
        fault,
        protocol,
        calls: CALLS,
        healthy_calls: 128,
        rounds: 1,
        work: Work::LEAST,
        timeout,
        overload,
    };
    let outcome = trial.run(CollectorProcess::absent(protocol, command));
    assert_eq!(outcome.problems(), [""; 0]);
    assert!(outcome.faulty.len() >= usize::try_from(CALLS).unwrap());
    assert!(
        (QUEUE..HELD_AT_MOST).contains(&outcome.held),
        "{} bytes were held",
        outcome.held
    );
    outcome
}

/// Long enough: what the collector takes and answers too late counts as lost, and the sum would not
/// be exact.
fn survives(fault: Fault, protocol: Protocol) -> Outcome {
    survive(fault, protocol, DEADLINE)
}

/// While the fault holds the collector takes nothing, and a full batch at least is given up.
fn loses_a_batch(fault: Fault, protocol: Protocol) {
    let outcome = survives(fault, protocol);
    assert!(outcome.stats.spans_export_failed >= 512, "{:?}", outcome.stats);
}

#[test]
fn a_collector_that_is_absent_at_start() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Absent, protocol));
}

/// How much is lost depends on when it is back: a batch is tried four times in a second.
#[test]
fn a_collector_that_is_killed_and_restarted() {
    process::alone_each(PROTOCOLS, |protocol| drop(survives(Fault::Killed, protocol)));
}

#[test]
fn a_collector_that_never_answers() {
    process::alone_each(PROTOCOLS, |protocol| {
        let outcome = survive(Fault::Hanging, protocol, Duration::from_secs(2));
        assert!(outcome.stats.spans_export_failed >= 512, "{:?}", outcome.stats);
    });
}

/// Nothing is given up; only what does not fit into the queue is lost.
#[test]
fn a_collector_that_is_slow() {
    process::alone_each(PROTOCOLS, |protocol| {
        let outcome = survives(Fault::Slow, protocol);
        assert_eq!(outcome.stats.spans_export_failed, 0, "{:?}", outcome.stats);
    });
}

#[test]
fn a_collector_that_is_unavailable() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Unavailable, protocol));
}

#[test]
fn a_collector_that_throttles() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Throttling, protocol));
}

#[test]
fn a_collector_that_refuses_what_was_sent() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Invalid, protocol));
}

#[test]
fn a_collector_that_is_broken() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Broken, protocol));
}

/// A full batch of such spans has four times as many bytes as this collector reads; smaller ones
/// arrive.
#[test]
fn a_collector_that_refuses_by_size() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::TooLarge, protocol));
}

#[test]
fn a_collector_that_rejects_a_part() {
    process::alone_each(PROTOCOLS, |protocol| {
        let outcome = survives(Fault::PartialSuccess, protocol);
        assert!(outcome.rejected >= 256, "{outcome:?}");
        assert_eq!(outcome.stats.spans_export_failed, 0, "{:?}", outcome.stats);
    });
}

/// Over gRPC a connection is replaced within half of the timeout, and nothing is lost. Over HTTP the batch is lost that waits
/// for its answer.
#[test]
fn a_collector_that_goes_silent() {
    process::alone_each(PROTOCOLS, |protocol| {
        let outcome = survive(Fault::Silent, protocol, Duration::from_secs(2));
        let failed = outcome.stats.spans_export_failed;
        assert!(
            failed <= if protocol == Protocol::Grpc { 0 } else { 512 },
            "{outcome:?}"
        );
    });
}

#[test]
fn a_server_that_redirects() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Redirect, protocol));
}

#[test]
fn a_server_that_answers_with_a_page() {
    process::alone_each(PROTOCOLS, |protocol| loses_a_batch(Fault::Page, protocol));
}

/// The queue is full most of the time: what does not fit is refused and counted, nothing waits.
#[test]
fn ten_times_more_spans_than_the_collector_takes() {
    process::alone_each(PROTOCOLS, |protocol| {
        let outcome = survives(Fault::Overload, protocol);
        let (emitted, taken) = outcome.meanwhile;
        assert!(taken > 0 && emitted >= 10 * taken, "{emitted} emitted, {taken} taken");
        // All but what was taken, waited in a queue of 2,048 for its record or for its export, or was on its way.
        assert!(
            outcome.refused() >= emitted - taken - 2 * 2_048 - 512,
            "{emitted} emitted, {taken} taken"
        );
        assert_eq!(outcome.stats.spans_export_failed, 0, "{:?}", outcome.stats);
    });
}
