//! OpenTelemetry as a program composes it: a provider, and a subscriber with our layer. A `Capture` needs neither.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    Sampler as SdkSampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanLimits,
    TracerProviderBuilder,
};
use tasker_span_runtime::otel::{IdGenerator, Sampler, SpanLayer};
use tasker_span_runtime::testing::SpanStore;
use tracing::span::{Attributes, Id};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{self, SubscriberExt};

/// The SDK's builder without the sampler and the limits of the caller's environment, which it reads by itself.
pub fn builder() -> TracerProviderBuilder {
    SdkTracerProvider::builder()
        .with_sampler(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn)))
        .with_span_limits(SpanLimits::default())
}

/// A provider with this sampler, whose spans end in `store`.
pub fn provider(sampler: impl ShouldSample + Clone + 'static, store: &SpanStore) -> SdkTracerProvider {
    builder()
        .with_id_generator(IdGenerator::default())
        .with_sampler(Sampler::new(sampler))
        .with_span_processor(store.clone())
        .build()
}

/// Makes `tracing` ask each subscriber about each call site. It caches the first answer if a process has one subscriber,
/// and that answer may come from a thread without it.
static SEVERAL: LazyLock<[Dispatch; 2]> = LazyLock::new(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::default())));

/// A subscriber that exports through the provider, with or without context activation.
pub fn subscriber(provider: &SdkTracerProvider, activates: bool) -> impl Subscriber + Send + Sync + use<> {
    LazyLock::force(&SEVERAL);
    let tracer = provider.tracer("test");
    let opentelemetry = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    tracing_subscriber::registry()
        .with(opentelemetry.with_context_activation(activates))
        .with(SpanLayer::new(tracer))
}

/// A layer that counts `tracing` spans.
#[derive(Clone, Debug, Default)]
pub struct Opened(Arc<AtomicUsize>);

impl Opened {
    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S: Subscriber> Layer<S> for Opened {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A sampler that samples everything and writes a `tracestate`.
#[derive(Clone, Debug, Default)]
pub struct Stating {
    /// The member `ot`.
    pub ot: Option<&'static str>,
    /// The keys of the attributes and the linked span ids that it was shown.
    pub shown: Arc<Mutex<Vec<String>>>,
}

impl ShouldSample for Stating {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let keys = attributes.iter().map(|attribute| attribute.key.as_str().to_owned());
        let links = links.iter().map(|link| link.span_context.span_id().to_string());
        self.shown.lock().unwrap().extend(keys.chain(links));
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::from_key_value(self.ot.map(|ot| ("ot", ot))).unwrap(),
        }
    }
}
