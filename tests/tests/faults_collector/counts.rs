//! What a running program can read of its losses, and how long it waits for its flushes.

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Stats, Telemetry, stats, step_span};
use tasker_span_tests::collector::{Behaviour, Collector};
use tasker_span_tests::faults::alone;
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::servers::wait_for;
use tracing_subscriber::layer::SubscriberExt;

const PATIENCE: Duration = Duration::from_secs(30);

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step) {}

fn make_spans(telemetry: &Telemetry, spans: u64) {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let task = Task::default();
        for _ in 0..spans {
            execute(&task, &task.step());
        }
    });
}

fn collector(behaviour: Behaviour) -> Collector {
    let mut collector = Collector::absent(Protocol::Grpc);
    collector.start();
    collector.behave(behaviour);
    collector
}

fn set_up(collector: &Collector, timeout: Duration) -> Telemetry {
    let builder = Telemetry::builder().export(ExportOptions::new().endpoint(collector.url()).protocol(Protocol::Grpc));
    builder.export(ExportOptions::new().timeout(timeout)).build().unwrap()
}

#[test]
fn what_the_full_queue_refused_is_counted_while_the_program_runs() {
    let _alone = alone();
    let collector = collector(Behaviour::Slow(Duration::from_millis(300)));
    let telemetry = set_up(&collector, PATIENCE);
    let before = stats();
    make_spans(&telemetry, 10_000);
    collector.behave(Behaviour::Take);
    telemetry.flush(PATIENCE).unwrap();
    let since = |count: fn(&Stats) -> u64| count(&stats()) - count(&before);
    let refused = since(|stats| stats.spans_refused);
    let exported = since(|stats| stats.spans_exported);
    assert!(refused > 0 && collector.counts().taken == exported);
    assert_eq!(since(|stats| stats.spans_ended), exported + refused);
}

#[test]
fn a_flush_of_a_slow_collector_takes_its_time() {
    let _alone = alone();
    // Several batches, and in all longer than the five seconds that the SDK waits.
    let collector = collector(Behaviour::Slow(Duration::from_secs(2)));
    let telemetry = set_up(&collector, PATIENCE);
    make_spans(&telemetry, 2_000);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(collector.counts().taken, 2_000);
}

#[test]
fn shutdown_works_after_many_flushes_of_a_hanging_collector() {
    let _alone = alone();
    let collector = collector(Behaviour::Hang);
    let telemetry = set_up(&collector, Duration::from_secs(3));
    make_spans(&telemetry, 600);
    let has_hung = || (collector.counts().hung > 0).then_some(()).ok_or_else(String::new);
    wait_for("a hung request", has_hung);
    // More than the SDK's queue has room for.
    for _ in 0..70 {
        assert!(telemetry.flush(Duration::from_millis(10)).unwrap_err().is_timeout());
    }
    collector.behave(Behaviour::Take);
    telemetry.shutdown(PATIENCE).unwrap();
}
