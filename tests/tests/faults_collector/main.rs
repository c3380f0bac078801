//! The collector fails in every way that it can, and the program does not notice: each call returns its value, memory is bounded,
//! every span has arrived or is counted as lost, and once the collector is back everything new arrives.

mod counts;
mod overload;
mod patience;

use std::time::Duration;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::Protocol;
use tasker_span_tests::collector::Collector;
use tasker_span_tests::faults::{Fault, Outcome, Table, Trial, Work, alone};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const PROTOCOLS: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];
/// A full queue and the copies of a batch on its way, twice: the collector is in the same process, and holds what it reads.
const HELD_AT_MOST: usize = 16 << 20;
/// In each turn; their spans fill the queue.
const CALLS: u64 = 1_024;
/// What the queue takes before it has a span; less, and nothing was measured.
const QUEUE: usize = 500_000;
/// Longer than the collector takes for anything: what it takes and answers too late counts as lost, and the sum would not be
/// exact.
const LONG: Duration = Duration::from_secs(30);

fn trial(fault: Fault, protocol: Protocol) -> Trial {
    Trial {
        fault,
        protocol,
        calls: CALLS,
        rounds: 1,
        work: Work::lasting(Duration::from_micros(50)),
        timeout: LONG,
        overload: Duration::from_secs(1),
    }
}

/// Tries it over each protocol, and checks what holds for every fault and for this one.
fn survive(trial: impl Fn(Protocol) -> Trial, check: impl Fn(&Outcome)) {
    let _alone = alone();
    for protocol in PROTOCOLS {
        let outcome = trial(protocol).run(&mut Collector::absent(protocol));
        println!("{}", Table(std::slice::from_ref(&outcome)));
        assert_eq!(outcome.problems(), [""; 0]);
        assert_eq!(outcome.repeated, 0);
        assert!(outcome.faulty_calls >= CALLS, "{}", outcome.faulty_calls);
        assert!(
            (QUEUE..HELD_AT_MOST).contains(&outcome.held),
            "{} bytes were held",
            outcome.held
        );
        check(&outcome);
    }
}

/// While the fault holds the collector takes nothing, and a full batch at least is given up.
fn lose(fault: Fault) {
    survive(|protocol| trial(fault, protocol), gave_up);
}

fn gave_up(outcome: &Outcome) {
    assert!(outcome.report.spans_export_failed >= 512, "{:?}", outcome.report);
}

#[test]
fn absent_at_start() {
    lose(Fault::Absent);
}

/// How much is lost depends on when it is back: a batch is tried four times in a second.
#[test]
fn killed_and_restarted() {
    survive(|protocol| trial(Fault::Killed, protocol), |_| ());
}

#[test]
fn hanging() {
    let hanging = |protocol| Trial {
        timeout: Duration::from_secs(2),
        ..trial(Fault::Hanging, protocol)
    };
    survive(hanging, gave_up);
}

/// Nothing is given up; only what does not fit into the queue is lost.
#[test]
fn slow() {
    let check = |outcome: &Outcome| assert_eq!(outcome.report.spans_export_failed, 0, "{:?}", outcome.report);
    survive(|protocol| trial(Fault::Slow, protocol), check);
}

#[test]
fn unavailable() {
    lose(Fault::Unavailable);
}

#[test]
fn throttling() {
    lose(Fault::Throttling);
}

#[test]
fn refusing_what_was_sent() {
    lose(Fault::Invalid);
}

#[test]
fn broken() {
    lose(Fault::Broken);
}

/// A full batch of such spans has four times as many bytes as this collector reads; smaller ones arrive.
#[test]
fn refusing_by_size() {
    lose(Fault::TooLarge);
}
