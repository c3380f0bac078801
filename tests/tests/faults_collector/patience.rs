//! How long an export waits, and what is said of its spans when it gives up.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, step_span};
use tasker_span_tests::collector::{Behaviour, Collector, Counts, Refusal};
use tasker_span_tests::faults::alone;
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::servers::wait_for;
use tracing_subscriber::layer::SubscriberExt;

use crate::{LONG, PROTOCOLS};

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step) {}

fn telemetry(collector: &Collector, protocol: Protocol, timeout: Duration) -> Telemetry {
    Telemetry::builder()
        .export(
            ExportOptions::new()
                .endpoint(collector.url())
                .protocol(protocol)
                .timeout(timeout),
        )
        .build()
        .unwrap()
}

fn make_spans(telemetry: &Telemetry, spans: u64) {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let task = Task::default();
        for _ in 0..spans {
            execute(&task, &task.step());
        }
    });
}

fn wait_until(collector: &Collector, so: impl Fn(Counts) -> bool) {
    wait_for("the collector to have seen it", || {
        let counts = collector.counts();
        if so(counts) { Ok(()) } else { Err(format!("{counts:?}")) }
    });
}

#[test]
fn a_batch_is_tried_again_when_the_collector_says_so() {
    // A full batch is exported at once.
    const SPANS: u64 = 512 + 256;
    let _alone = alone();
    for protocol in PROTOCOLS {
        let mut collector = Collector::absent(protocol);
        collector.start();
        collector.behave(Behaviour::Refuse(Refusal::THROTTLED.retry_after(1)));
        let telemetry = telemetry(&collector, protocol, LONG);
        make_spans(&telemetry, SPANS);
        wait_until(&collector, |counts| counts.refused > 0);
        collector.behave(Behaviour::Take);

        telemetry.flush(LONG).unwrap();
        assert_eq!(collector.counts().taken, SPANS, "{protocol}");
        let report = telemetry.shutdown(LONG).unwrap();
        assert_eq!((report.spans_exported, report.lost()), (SPANS, 0), "{protocol}");
    }
}

#[test]
fn an_answer_that_comes_too_late_is_counted_as_a_loss() {
    const SPANS: u64 = 10;
    let _alone = alone();
    for protocol in PROTOCOLS {
        let mut collector = Collector::absent(protocol);
        collector.start();
        collector.behave(Behaviour::Late(LONG));
        let telemetry = telemetry(&collector, protocol, Duration::from_secs(2));
        make_spans(&telemetry, SPANS);
        telemetry.flush(LONG).unwrap_err();

        // The collector has them, and the program cannot know: the count errs on the side of losses.
        assert_eq!(collector.counts().taken, SPANS, "{protocol}");
        let report = telemetry.shutdown(LONG).unwrap();
        assert_eq!((report.spans_ended, report.spans_exported), (SPANS, 0), "{protocol}");
        assert_eq!(report.lost(), SPANS, "{protocol}");
    }
}
