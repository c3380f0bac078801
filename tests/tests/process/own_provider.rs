//! A program with its own provider and registry has the settings and counts of `Telemetry`: rates of namespaces, errors of
//! unsampled steps, descriptions of errors, and what became of spans.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor, SpanData,
    SpanExporter, SpanProcessor,
};
use tasker_span_runtime::otel::{self, CountingProcessor, SpanFilter, SpanLayer, Tracer};
use tasker_span_runtime::{ErrorDescription, Sampling, SpanSubscriber, Stats, stats, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Layer, SubscriberExt};

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, fails: bool) -> Result<(), &'static str> {
    tracing::info_span!("query").in_scope(|| ());
    if fails { Err("card 4711 declined") } else { Ok(()) }
}

#[task_span("step.discovery")]
fn handle(task: &Task) {}

/// Runs one step of each kind, and a span of other code beside them.
fn run() {
    for namespace in ["payments", "analytics"] {
        let task = Task::of(namespace);
        execute(&task, &task.step(), false).unwrap();
        execute(&task, &task.step(), true).unwrap_err();
    }
    tracing::info_span!("poll").in_scope(|| ());
}

type Subscribe = fn(&SdkTracerProvider) -> Dispatch;

const SUBSCRIBERS: [(&str, Subscribe); 4] = [
    ("otel::layer", |provider| {
        Dispatch::new(Registry::default().with(otel::layer(provider)))
    }),
    ("promoted on demand", |provider| {
        Dispatch::new(SpanSubscriber::new(Registry::default().with(otel::layer(provider))))
    }),
    ("our tracer", |provider| {
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(Tracer::new(tracer.clone()));
        let own = own.with_filter(SpanFilter);
        Dispatch::new(Registry::default().with(own).with(SpanLayer::new(tracer)))
    }),
    ("the SDK's tracer", |provider| {
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(tracer.clone());
        Dispatch::new(
            Registry::default()
                .with(own.with_filter(SpanFilter))
                .with(SpanLayer::new(tracer)),
        )
    }),
];

/// Runs the program under a subscriber, with an exporter, and returns the counts after the shutdown.
fn counted(subscribe: Subscribe, processor: impl SpanProcessor + 'static) -> Stats {
    let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
    let before = stats();
    with_default(&subscribe(&provider), run);
    provider.shutdown().unwrap();
    stats().since(&before)
}

fn names(spans: &[SpanData]) -> BTreeMap<&str, usize> {
    let mut names = BTreeMap::new();
    for span in spans {
        *names.entry(&*span.name).or_default() += 1;
    }
    names
}

#[test]
fn namespaces_have_their_rates_and_errors_are_exported_in_any_case() {
    process::alone_each(SUBSCRIBERS, |(name, subscribe)| {
        let rates = Sampling::new().step_rate(0.0).namespace_rate("payments", 1.0);
        let sampling = otel::set_sampling(rates).unwrap();
        let exported = InMemorySpanExporter::default();
        let processor = SimpleSpanProcessor::new(exported.clone());
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        let before = stats();
        with_default(&subscribe(&provider), run);
        let spans = exported.get_finished_spans().unwrap();
        let expected = BTreeMap::from([("poll", 1), ("query", 2), ("step.execution", 3)]);
        assert_eq!(names(&spans), expected, "{name}");
        let counts = stats().since(&before);
        assert_eq!(counts.spans_sampled_by_error, 1);
        let of = |namespace: &'static str| {
            let counts = &counts.namespaces[&Some(namespace)];
            (counts.sampled, counts.unsampled, counts.sampled_by_error)
        };
        assert_eq!((of("payments"), of("analytics")), ((2, 0, 0), (0, 2, 1)), "{name}");

        // At run time, and without errors.
        sampling.set(sampling.current().discard_errors()).unwrap();
        exported.reset();
        with_default(&subscribe(&provider), run);
        let spans = exported.get_finished_spans().unwrap();
        assert_eq!(names(&spans)["step.execution"], 2, "{name}");

        // At run time, and slow.
        let slow = sampling.current().slower_than(Duration::ZERO);
        sampling.set(slow).unwrap();
        assert_eq!(sampling.slower_than(), Some(Duration::ZERO));
        exported.reset();
        with_default(&subscribe(&provider), run);
        let spans = exported.get_finished_spans().unwrap();
        assert_eq!(names(&spans)["step.execution"], 4, "{name}");
    });
}

#[test]
fn wrong_rates_change_nothing() {
    process::alone(|| {
        let before = otel::set_sampling(Sampling::new().task_rate(0.5)).unwrap().current();
        let error = otel::set_sampling(Sampling::new().step_rate(1.5)).unwrap_err();
        assert!(error.is_invalid_configuration());
        assert_eq!(
            error.to_string(),
            "invalid sampling by `otel::set_sampling(…)`: the rate of steps is 1.5, expected a number from 0 to 1"
        );
        assert_eq!(otel::set_sampling(before.clone()).unwrap().current(), before);
    });
}

#[test]
fn descriptions_of_errors_can_be_left_out() {
    process::alone_each(SUBSCRIBERS, |(name, subscribe)| {
        let exported = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exported.clone());
        let provider = otel::provider(provider);
        for (policy, description) in [
            (ErrorDescription::Display, "card 4711 declined"),
            (ErrorDescription::TypeOnly, ""),
        ] {
            otel::set_error_description(policy);
            exported.reset();
            with_default(&subscribe(&provider), run);
            let spans = exported.get_finished_spans().unwrap();
            let failed = spans.iter().filter(|span| span.status != Status::Unset);
            let failed: Vec<_> = failed.map(|span| span.status.clone()).collect();
            assert_eq!(
                failed,
                [Status::error(description), Status::error(description)],
                "{name}"
            );
        }
    });
}

#[test]
fn what_became_of_each_span_is_counted() {
    process::alone_each(SUBSCRIBERS, |(name, subscribe)| {
        let batch = CountingProcessor::new(InMemorySpanExporter::default(), |exporter| {
            BatchSpanProcessor::builder(exporter).build()
        });
        let all = 4 + 4 + 1;
        let counts = counted(subscribe, batch);
        assert_eq!(
            (counts.spans_ended, counts.spans_exported),
            (all, all),
            "{name}: {counts:?}"
        );
        assert_eq!((counts.lost(), counts.pending()), (0, 0), "{name}: {counts:?}");

        let simple = CountingProcessor::new(InMemorySpanExporter::default(), SimpleSpanProcessor::new);
        let counts = counted(subscribe, simple);
        assert_eq!(
            (counts.spans_ended, counts.spans_exported),
            (all, all),
            "{name}: {counts:?}"
        );
        assert_eq!((counts.lost(), counts.pending()), (0, 0), "{name}: {counts:?}");
    });
}

/// An exporter that fails, or panics.
#[derive(Clone, Debug, Default)]
struct Failing {
    panics: Arc<AtomicBool>,
}

impl SpanExporter for Failing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        assert!(!self.panics.load(Ordering::Relaxed), "an exporter may panic");
        Err(OTelSdkError::InternalFailure("unreachable".to_owned()))
    }
}

#[test]
fn a_failed_export_is_counted() {
    process::alone_each(SUBSCRIBERS, |(name, subscribe)| {
        let failing = CountingProcessor::new(Failing::default(), |exporter| {
            BatchSpanProcessor::builder(exporter).build()
        });
        let counts = counted(subscribe, failing);
        assert_eq!(
            (counts.spans_ended, counts.spans_export_failed),
            (9, 9),
            "{name}: {counts:?}"
        );
        assert_eq!((counts.lost(), counts.pending()), (9, 0), "{name}: {counts:?}");
    });
}

#[test]
fn an_export_that_panics_is_counted_as_failed() {
    process::alone(|| {
        let panicking = Failing::default();
        panicking.panics.store(true, Ordering::Relaxed);
        let processor = CountingProcessor::new(panicking, SimpleSpanProcessor::new);
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        let before = stats();
        // A span of other code would panic in the program.
        let subscriber = SUBSCRIBERS[1].1(&provider);
        with_default(&subscriber, || handle(&Task::default()));
        subscriber.downcast_ref::<SpanLayer>().unwrap().flush();
        let counts = stats().since(&before);
        assert_eq!((counts.spans_ended, counts.spans_export_failed), (1, 1), "{counts:?}");
        assert_eq!(counts.pending(), 0, "{counts:?}");
    });
}

/// An exporter that waits until it may go on.
#[derive(Clone, Debug, Default)]
struct Waiting(Arc<AtomicBool>);

impl SpanExporter for Waiting {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        while !self.0.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Ok(())
    }
}

#[test]
fn spans_that_a_full_queue_refuses_are_counted_at_the_shutdown() {
    process::alone(|| {
        let waiting = Waiting::default();
        let config = BatchConfigBuilder::default();
        let config = config.with_max_queue_size(4).with_max_export_batch_size(2).build();
        let processor = CountingProcessor::new(waiting.clone(), |exporter| {
            BatchSpanProcessor::builder(exporter).with_batch_config(config).build()
        });
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        let before = stats();
        with_default(&SUBSCRIBERS[1].1(&provider), || (0..10).for_each(|_| run()));
        let meanwhile = stats().since(&before);
        assert_eq!(meanwhile.pending(), 90, "{meanwhile:?}");
        waiting.0.store(true, Ordering::Relaxed);
        provider.shutdown().unwrap();
        let counts = stats().since(&before);
        assert!(counts.spans_exported >= 4 && counts.spans_refused > 0, "{counts:?}");
        assert_eq!(counts.spans_exported + counts.spans_refused, 90, "{counts:?}");
        assert_eq!(counts.pending(), 0, "{counts:?}");
    });
}

/// The layer is inside of another one: the subscriber knows it.
#[test]
fn spans_that_wait_for_their_transition_are_flushed_through_the_subscriber() {
    process::alone_each(SUBSCRIBERS, |(name, subscribe)| {
        let processor = CountingProcessor::new(InMemorySpanExporter::default(), SimpleSpanProcessor::new);
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        let subscriber = subscribe(&provider);
        let before = stats();
        // Its transition may still come.
        with_default(&subscriber, || handle(&Task::default()));
        let layer = subscriber.downcast_ref::<SpanLayer>().unwrap();
        layer.flush();
        provider.shutdown().unwrap();
        let counts = stats().since(&before);
        assert_eq!(
            (counts.spans_ended, counts.spans_exported),
            (1, 1),
            "{name}: {counts:?}"
        );
    });
}

#[test]
fn spans_that_end_after_the_shutdown_are_not_exported() {
    process::alone(|| {
        let processor = CountingProcessor::new(InMemorySpanExporter::default(), SimpleSpanProcessor::new);
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(processor));
        provider.shutdown().unwrap();
        let before = stats();
        with_default(&SUBSCRIBERS[1].1(&provider), run);
        let counts = stats().since(&before);
        assert_eq!((counts.spans_ended, counts.spans_not_exported), (4, 4), "{counts:?}");
        assert_eq!(counts.pending(), 0, "{counts:?}");
    });
}
