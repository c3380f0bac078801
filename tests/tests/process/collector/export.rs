//! How long exports and flushes wait for a collector, and what is said of their spans.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry, stats, task_scope};
use tasker_span_tests::collector::{Behaviour, Collector, Counts, Refusal};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tasker_span_tests::servers::wait_for;

use super::PROTOCOLS;
use crate::{DEADLINE, end_spans, under};

fn set_up(protocol: Protocol, behaviour: Behaviour, timeout: Duration) -> (Collector, Telemetry) {
    let collector = Collector::start(protocol);
    collector.behave(behaviour);
    let options = ExportOptions::new()
        .endpoint(collector.url())
        .protocol(protocol)
        .timeout(timeout);
    (collector, Telemetry::builder().export(options).build().unwrap())
}

fn wait_until(collector: &Collector, so: impl Fn(Counts) -> bool) {
    wait_for("the collector to have seen it", || {
        let counts = collector.counts();
        if so(counts) { Ok(()) } else { Err(format!("{counts:?}")) }
    });
}

#[test]
fn spans_that_the_full_queue_refused_are_counted_while_the_program_runs() {
    process::alone(|| {
        // No batch is answered meanwhile, so the queue is full however long the spans take.
        let hour = Duration::from_hours(1);
        let (collector, telemetry) = set_up(Protocol::Grpc, Behaviour::Slow(hour), hour);
        end_spans(&telemetry, 10_000);
        collector.behave(Behaviour::Take);
        telemetry.flush(DEADLINE).unwrap();
        let stats = stats();
        assert!(stats.spans_refused > 0 && collector.counts().taken == stats.spans_exported);
        assert_eq!(stats.spans_ended, stats.spans_exported + stats.spans_refused);
    });
}

#[test]
fn a_flush_of_a_slow_collector_takes_its_time() {
    process::alone(|| {
        // Three batches, and in all longer than the five seconds that the SDK waits.
        let slow = Behaviour::Slow(Duration::from_millis(1_800));
        let (collector, telemetry) = set_up(Protocol::Grpc, slow, DEADLINE);
        end_spans(&telemetry, 1_500);
        telemetry.flush(DEADLINE).unwrap();
        assert_eq!(collector.counts().taken, 1_500);
    });
}

#[test]
fn shutdown_works_after_many_flushes_of_a_hanging_collector() {
    process::alone(|| {
        let (collector, telemetry) = set_up(Protocol::Grpc, Behaviour::Hang, Duration::from_secs(2));
        end_spans(&telemetry, 600);
        wait_until(&collector, |counts| counts.hung > 0);
        // More than the SDK's queue has room for.
        for _ in 0..70 {
            assert!(telemetry.flush(Duration::from_millis(5)).unwrap_err().is_timeout());
        }
        collector.behave(Behaviour::Take);
        telemetry.shutdown(DEADLINE).unwrap();
    });
}

#[test]
fn a_batch_is_tried_again_when_the_collector_says_so() {
    process::alone_each(PROTOCOLS, |protocol| {
        // A full batch is exported at once.
        const SPANS: u64 = 512 + 256;
        let throttled = Behaviour::Refuse(Refusal::THROTTLED.retry_after(1));
        let (collector, telemetry) = set_up(protocol, throttled, DEADLINE);
        end_spans(&telemetry, SPANS);
        wait_until(&collector, |counts| counts.refused > 0);
        collector.behave(Behaviour::Take);

        telemetry.flush(DEADLINE).unwrap();
        assert_eq!(collector.counts().taken, SPANS);
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((stats.spans_exported, stats.lost()), (SPANS, 0));
    });
}

#[test]
fn an_answer_that_comes_too_late_counts_as_a_loss() {
    process::alone_each(PROTOCOLS, |protocol| {
        const SPANS: u64 = 10;
        let (collector, telemetry) = set_up(protocol, Behaviour::Late(DEADLINE), Duration::from_secs(2));
        end_spans(&telemetry, SPANS);
        telemetry.flush(DEADLINE).unwrap_err();

        // The collector has them, and the program cannot know: the count errs on the side of
        // losses.
        assert_eq!(collector.counts().taken, SPANS);
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!(
            (stats.spans_ended, stats.spans_exported, stats.lost()),
            (SPANS, 0, SPANS)
        );
    });
}

#[test]
fn spans_that_end_after_the_shutdown_are_counted_as_lost() {
    process::alone(|| {
        let (_collector, telemetry) = set_up(Protocol::Grpc, Behaviour::Take, DEADLINE);
        under(&telemetry, || {
            let scope = |task: &Task| task_scope!("task.audit", within = "task.orchestration", task = task);
            let open = scope(&Task::default()).enter();
            assert_eq!(telemetry.shutdown(DEADLINE).unwrap().lost(), 0);
            drop(open);
            drop(scope(&Task::default()));
        });
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((stats.spans_ended, stats.spans_exported, stats.lost()), (2, 0, 2));
    });
}
