//! Our telemetry. Its builder sets up all of it but one thing: an exporter of the caller's own behind the only processor of
//! the provider. For that the parts are composed as [`Telemetry::layer`] composes them.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use tasker_span_runtime::{
    ExportOptions, Sampling, Telemetry,
    otel::{IdGenerator, Sampler, SpanFilter, SpanLayer},
};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

use super::exporter::Tally;
use super::{Destination, provider};
use crate::calls;
use crate::failure::Failure;

/// How many namespaces are given rates; the runtime takes 1,024.
const WITH_RATES: u32 = 1_000;

/// Nothing is dropped, and nothing decided.
pub(super) fn everything() -> Sampling {
    Sampling::new()
}

/// Everything is kept, by decisions: one namespace that has no steps is dropped.
pub(super) fn all_but_one(namespaces: u32) -> Sampling {
    with_rates(Sampling::new().namespace_rate("muted", 0.0), namespaces, 1.0)
}

fn with_rates(sampling: Sampling, namespaces: u32, rate: f64) -> Sampling {
    (0..namespaces.min(WITH_RATES)).fold(sampling, |sampling, n| {
        sampling.namespace_rate(calls::namespace(n), rate)
    })
}

/// The whole of it, under which every step is dropped.
pub(super) fn dropping(namespaces: u32) -> Result<Telemetry, Failure> {
    Telemetry::builder()
        .sampling(with_rates(Sampling::new().step_rate(0.0), namespaces, 0.0))
        .console(tasker_span_runtime::Console::Off)
        .console_only()
        .install()
        .map_err(Failure::of("installing our telemetry"))
}

/// The whole of it, with a collector.
pub(super) fn exporting(url: &str, sampling: Sampling) -> Result<Telemetry, Failure> {
    Telemetry::builder()
        .service_name("benches")
        .export(ExportOptions::new().endpoint(url))
        .sampling(sampling)
        .console(tasker_span_runtime::Console::Off)
        .install()
        .map_err(Failure::of("installing our telemetry"))
}

/// Puts rates in force, which are the process's.
pub(super) fn rates(sampling: Sampling) -> Result<Telemetry, Failure> {
    Telemetry::builder()
        .sampling(sampling)
        .console_only()
        .build()
        .map_err(Failure::of("putting our rates in force"))
}

/// The provider of our setup.
pub(super) fn provider(destination: &Destination) -> Result<(SdkTracerProvider, Tally), Failure> {
    let others = SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn));
    let builder = SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .with_sampler(Sampler::new(others));
    provider::exporting(builder, destination)
}

/// The layers of our setup.
pub(super) fn subscribe(provider: &SdkTracerProvider) -> Result<(), Failure> {
    let tracer = provider.tracer("tasker-span");
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer.clone())
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_location(false);
    let layer = SpanLayer::new(tracer).and_then(spans).with_filter(SpanFilter);
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::of("installing the subscriber"))
}
