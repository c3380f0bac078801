//! The same under a program's own subscriber, with its own OpenTelemetry layer, which `SpanSubscriber` is put around.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::Sampler as SdkSampler;
use tasker_span_runtime::SpanSubscriber;
use tasker_span_runtime::otel::{SpanFilter, SpanLayer, Tracer};
use tasker_span_runtime::testing::SpanStore;
use tasker_span_tests::composed::{self, Opened};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

use super::compare::Exported;
use super::program::{Program, Rates};
use super::promotions::{Promotions, promotions_and_reads};
use super::strategy::{generate, programs};
use super::world::{exported, exported_by};

/// As the guide composes it, wrapped. Counts the `tracing` spans.
fn subscriber(store: &SpanStore) -> (Dispatch, Opened) {
    let opened = Opened::default();
    let provider = composed::provider(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn)), store);
    let tracer = provider.tracer("test");
    let yours = tracing_opentelemetry::layer()
        .with_tracer(Tracer::new(tracer.clone()))
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_location(false);
    let registry = tracing_subscriber::registry()
        .with(opened.clone())
        .with(yours.with_filter(SpanFilter))
        .with(SpanLayer::new(tracer));
    (Dispatch::new(SpanSubscriber::new(registry)), opened)
}

#[test]
fn a_local_span_is_a_tracing_span_only_when_it_is_wanted() {
    process::alone(|| {
        let store = SpanStore::default();
        let (subscriber, opened) = subscriber(&store);
        let task = Task::default();
        dispatcher::with_default(&subscriber, || {
            // The first one tells that the layer has our tracer.
            execute(&task, &task.step(), || ());
            assert_eq!(opened.count(), 1);
            execute(&task, &task.step(), || handle(|| ()));
            assert_eq!(opened.count(), 1);
            execute(&task, &task.step(), || drop(tracing::Span::current()));
            assert_eq!(opened.count(), 2);
        });
        assert_eq!(store.spans().len(), 4);
    });
}

fn exported_composed(program: &Program, promotions: &Promotions) -> Exported {
    let run = || {
        let store = SpanStore::default();
        let (subscriber, _) = subscriber(&store);
        let _default = dispatcher::set_default(&subscriber);
        exported_by(subscriber, &store, program, promotions)
    };
    std::thread::scope(|threads| threads.spawn(run).join()).expect("a program catches its panics")
}

/// Each program runs once here: all of these subscribers have one identity cache.
#[test]
fn a_program_exports_the_same_spans_as_under_a_capture() {
    process::alone(|| {
        let programs = generate(11, programs()).zip(generate(11, promotions_and_reads()));
        for (index, (mut program, promotions)) in programs.take(300).enumerate() {
            program.rates = vec![Rates::ALL];
            let expected = exported(&program, &Promotions::none()).without_stats();
            let difference = expected.difference(&exported_composed(&program, &promotions).without_stats());
            assert!(difference.is_empty(), "{index}: {difference}");
        }
    });
}
