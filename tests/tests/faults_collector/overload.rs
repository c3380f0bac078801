//! Ten times as many spans as the collector takes.

use std::time::Duration;

use tasker_span_runtime::Protocol;
use tasker_span_tests::faults::{Fault, Trial, Work};

use crate::{survive, trial};

/// The queue is full most of the time: what does not fit is dropped and counted, nothing waits.
fn overload(time: Duration, work: Work) {
    let overload = |protocol: Protocol| Trial {
        overload: time,
        work,
        ..trial(Fault::Overload, protocol)
    };
    survive(overload, |outcome| {
        let (emitted, taken) = outcome.overload.unwrap();
        assert!(taken > 0 && emitted >= 10 * taken, "{emitted} emitted, {taken} taken");
        // All but what was taken, waited in the queue of 2,048, or was on its way.
        assert!(
            outcome.report.lost() - outcome.report.spans_export_failed >= emitted - taken - 2_048 - 512,
            "{emitted} emitted, {taken} taken, {:?}",
            outcome.report
        );
        assert_eq!(outcome.report.spans_export_failed, 0, "{:?}", outcome.report);
    });
}

#[test]
fn ten_times_too_many_spans() {
    overload(Duration::from_secs(1), Work::NONE);
}

#[test]
#[ignore = "needs a minute for each protocol"]
fn ten_times_too_many_spans_for_a_minute() {
    // How long each call takes is kept, and there is a minute of them.
    overload(Duration::from_mins(1), Work::lasting(Duration::from_millis(1)));
}
