//! Spans of other code that are created inside a span of ours and entered outside of it, or the other way round. The sampler
//! decides about them when they are entered. A sampler that follows no parent needs the rates of a process.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider, ShouldSample};
use tasker_span_runtime::otel::SpanLayer;
use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{Sampling, SpanSubscriber, Telemetry, otel};
use tasker_span_tests::composed;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Subscriber, info_span};
use tracing_subscriber::layer::SubscriberExt;

/// Returns the names of the exported spans.
fn run(sampler: impl ShouldSample + Clone + 'static, subscribe: Subscribe, promotes: bool) -> Vec<String> {
    let store = SpanStore::new();
    let provider = composed::provider(sampler, &store);
    let task = Task::default();
    with_default(&subscribe(&provider), || {
        let outside = info_span!("outside");
        let inside = execute(&task, &task.step(), || {
            if promotes {
                drop(tracing::Span::current());
            }
            outside.in_scope(|| info_span!("in outside").in_scope(|| ()));
            info_span!("in it").in_scope(|| info_span!("in that").in_scope(|| ()));
            info_span!("inside")
        });
        inside.in_scope(|| info_span!("in inside").in_scope(|| ()));
    });
    let mut names: Vec<_> = store.spans().iter().map(|span| span.name().to_owned()).collect();
    names.sort();
    names
}

type Subscribe = fn(&SdkTracerProvider) -> Dispatch;

#[test]
fn other_code_is_sampled_with_the_span_that_it_is_created_in() {
    process::alone(|| {
        let sampling = Sampling::new().task_rate(0.0);
        let _telemetry = Telemetry::builder().console_only().sampling(sampling).build().unwrap();
        let wrapped: Subscribe = |provider| {
            let registry = tracing_subscriber::registry().with(otel::layer(provider));
            Dispatch::new(SpanSubscriber::new(registry))
        };
        let visible: Subscribe = |provider| Dispatch::new(tracing_subscriber::registry().with(otel::layer(provider)));
        // A program's own OpenTelemetry layer, with our tracer.
        let own: Subscribe = |provider| Dispatch::new(composed_by_program(provider));
        let own_wrapped: Subscribe = |provider| Dispatch::new(SpanSubscriber::new(composed_by_program(provider)));
        let first: Subscribe = |provider| {
            let tracer = provider.tracer("test");
            let layer = tracing_opentelemetry::layer().with_tracer(otel::Tracer::new(tracer.clone()));
            Dispatch::new(tracing_subscriber::registry().with(SpanLayer::new(tracer)).with(layer))
        };
        let subscribers = [wrapped, visible, own, own_wrapped, first].map(|subscribe| (subscribe, false));
        for (subscribe, promotes) in subscribers.into_iter().chain([(wrapped, true), (own_wrapped, true)]) {
            let follows = run(
                SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn)),
                subscribe,
                promotes,
            );
            assert_eq!(follows, ["in outside", "outside"], "promoted: {promotes}");
            let always = run(SdkSampler::AlwaysOn, subscribe, promotes);
            assert_eq!(always, ["in outside", "outside"], "promoted: {promotes}");
        }
        // With the plain tracer, a span that is entered in an unsampled one is unsampled, too.
        let plain: Subscribe = |provider| Dispatch::new(composed::subscriber(provider, true));
        let inactive: Subscribe = |provider| Dispatch::new(composed::subscriber(provider, false));
        for subscribe in [plain, inactive] {
            let names = run(
                SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn)),
                subscribe,
                false,
            );
            let is_inside = |name: &&String| ["in inside", "in it", "in that", "inside"].contains(&name.as_str());
            assert_eq!(names.iter().find(is_inside), None);
        }
    });
}

fn composed_by_program(provider: &SdkTracerProvider) -> impl Subscriber + Send + Sync + use<> {
    let tracer = provider.tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(otel::Tracer::new(tracer.clone()));
    tracing_subscriber::registry().with(layer).with(SpanLayer::new(tracer))
}
