//! Counts of the steps of each namespace, and of spans that start and end. Counts of exports are in `collector`.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::{
    Console, NamespaceStats, Sampling, SpanSubscriber, Stats, Telemetry, otel, stats, step_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use crate::DEADLINE;

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, fail: bool) -> Result<(), &'static str> {
    handle(fail)
}

#[step_span("handler.execution", inherit)]
fn handle(fail: bool) -> Result<(), &'static str> {
    if fail { Err("declined") } else { Ok(()) }
}

const STEPS: u64 = 200;

/// Steps of this namespace, of which every tenth fails; returns what was counted meanwhile.
fn run(namespace: &str) -> Stats {
    let before = stats();
    let task = Task::of(namespace);
    for n in 0..STEPS {
        let _ = execute(&task, &task.step(), n % 10 == 0);
    }
    stats().since(&before)
}

#[test]
fn each_namespace_has_its_counts() {
    process::alone(|| {
        let telemetry = Telemetry::builder()
            .console_only()
            .console(Console::Off)
            .install()
            .unwrap();
        // As long as all is sampled, nothing is decided.
        assert!(run("payments").namespaces.is_empty());

        let rates = Sampling::new()
            .step_rate(0.0)
            .namespace_rate("payments", 1.0)
            .namespace_rate("half", 0.5);
        telemetry.sampling().set(rates.clone()).unwrap();
        let of = |namespace: &str, key: Option<&str>| {
            let stats = run(namespace);
            let [(name, counts)] = stats.namespaces.iter().collect::<Vec<_>>()[..] else {
                panic!("{stats:?}");
            };
            assert_eq!(*name, key);
            let NamespaceStats {
                sampled,
                unsampled,
                sampled_by_error,
                ..
            } = *counts;
            assert_eq!((stats.steps_sampled, stats.steps_unsampled), (sampled, unsampled));
            // The handler and its step.
            assert_eq!(stats.spans_sampled_by_error, 2 * sampled_by_error);
            (sampled, unsampled, sampled_by_error)
        };
        assert_eq!(of("payments", Some("payments")), (STEPS, 0, 0));
        assert_eq!(of("met at run time", Some("met at run time")), (0, STEPS, STEPS / 10));
        assert_eq!(of("", None), (0, STEPS, STEPS / 10));
        let (sampled, unsampled, sampled_by_error) = of("half", Some("half"));
        assert_eq!(sampled + unsampled, STEPS);
        assert!(sampled > STEPS / 4 && unsampled > STEPS / 4 && sampled_by_error <= STEPS / 10);

        telemetry.sampling().set(rates.discard_errors()).unwrap();
        assert_eq!(of("met at run time", Some("met at run time")), (0, STEPS, 0));

        // With its task, whose own spans are in another process.
        telemetry.sampling().set(Sampling::new().task_rate(0.0)).unwrap();
        assert_eq!(
            of("of an unsampled task", Some("of an unsampled task")),
            (0, STEPS, STEPS / 10)
        );

        // Each handler and each step is slow, and a tenth fails.
        let slow = Sampling::new()
            .step_rate(0.0)
            .namespace_slower_than("slow", Duration::ZERO);
        telemetry.sampling().set(slow.clone()).unwrap();
        let durations = telemetry.sampling().namespaces_slower_than();
        assert_eq!(durations, BTreeMap::from([("slow".to_owned(), Duration::ZERO)]));
        let stats = run("slow");
        let counts = stats.namespaces[&Some("slow")];
        let expected = (0, STEPS, STEPS / 10, STEPS - STEPS / 10);
        let NamespaceStats {
            sampled: steps_sampled,
            unsampled: steps_unsampled,
            sampled_by_error,
            sampled_by_slowness,
            ..
        } = counts;
        assert_eq!(
            (steps_sampled, steps_unsampled, sampled_by_error, sampled_by_slowness),
            expected
        );
        assert_eq!(stats.spans_sampled_by_slowness, 2 * sampled_by_slowness);
        assert_eq!(stats.spans_sampled_by_error, 2 * sampled_by_error);

        let counts = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!(counts.steps_sampled, STEPS + sampled);
        assert_eq!(counts.steps_unsampled, 5 * STEPS + unsampled);
        assert_eq!(counts.namespaces[&Some("met at run time")].unsampled, 2 * STEPS);
        assert_eq!(counts.lost(), 0);
    });
}

/// Each span that starts and is to be exported ends, whatever exports it.
#[test]
fn as_many_spans_end_as_have_started() {
    fn counts(subscriber: impl tracing::Subscriber + Send + Sync) -> (u64, u64) {
        let stats = tracing::subscriber::with_default(subscriber, || run("counted"));
        (stats.spans_started, stats.spans_ended)
    }
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let registry = tracing_subscriber::registry;
        assert_eq!(counts(registry().with(telemetry.layer())), (2 * STEPS, 2 * STEPS));
        let wrapped = SpanSubscriber::new(registry().with(telemetry.layer()));
        assert_eq!(counts(wrapped), (2 * STEPS, 2 * STEPS));
        let provider = otel::provider(SdkTracerProvider::builder());
        let own = otel::layer(&provider);
        assert_eq!(counts(registry().with(own)), (2 * STEPS, 2 * STEPS));
        // Only the other layer wants the spans.
        let filtered = registry()
            .with(telemetry.layer().with_filter(LevelFilter::WARN))
            .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
        assert_eq!(counts(filtered), (0, 0));
        assert_eq!(counts(registry()), (0, 0), "nothing exports them");
    });
}
