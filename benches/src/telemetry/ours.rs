//! Our telemetry. Its builder takes no exporter of the caller's own, so for those its parts are
//! composed here as [`Telemetry::layer`] composes them.

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use tasker_span_runtime::otel::{IdGenerator, Sampler, SpanFilter, SpanLayer};
use tasker_span_runtime::{Console, ExportOptions, Sampling, Telemetry};
use tracing::subscriber::set_global_default;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

use super::exporter::{Tally, provider};
use super::{Destination, PATIENCE, Pipeline};
use crate::calls::namespace;
use crate::subject::Subject;

pub(super) fn install(subject: Subject, destination: &Destination, namespaces: usize) -> Result<Pipeline> {
    let builder = Telemetry::builder().service_name("benches").console(Console::Off);
    let builder = builder.sampling(sampling(subject, namespaces));
    let telemetry = match (subject, destination) {
        (Subject::Unsampled, _) => builder.console_only().install(),
        (_, Destination::Collector(url)) => builder.export(ExportOptions::new().endpoint(url)).install(),
        _ => {
            // Applies the rates, which are the process's, as long as it lives.
            let telemetry = builder.console_only().build().context("applying our rates")?;
            return compose(telemetry, destination);
        }
    };
    let telemetry = telemetry.context("installing our telemetry")?;
    Ok((
        Tally::default(),
        Box::new(move || telemetry.flush(PATIENCE).context("flushing")),
    ))
}

fn sampling(subject: Subject, namespaces: usize) -> Sampling {
    /// The runtime takes 1,024.
    const MOST: usize = 1_000;
    let (sampling, rate) = match subject {
        Subject::Unsampled => (Sampling::new().step_rate(0.0), 0.0),
        // Each decision looks up a rate, although the namespace with another rate has no steps.
        Subject::SampledAmongRates => (Sampling::new().namespace_rate("muted", 0.0), 1.0),
        _ => return Sampling::new(),
    };
    let namespaces = (0..namespaces.min(MOST)).map(namespace);
    namespaces.fold(sampling, |sampling, name| sampling.namespace_rate(name, rate))
}

fn compose(telemetry: Telemetry, destination: &Destination) -> Result<Pipeline> {
    let others = SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn));
    let builder = SdkTracerProvider::builder().with_id_generator(IdGenerator::default());
    let (provider, tally) = provider(builder.with_sampler(Sampler::new(others)), destination)?;
    let tracer = provider.tracer("tasker-span");
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer.clone())
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_location(false);
    let layer = SpanLayer::new(tracer).and_then(spans).with_filter(SpanFilter);
    set_global_default(tracing_subscriber::registry().with(layer)).context("installing the subscriber")?;
    let flush = move || {
        let _lives = &telemetry;
        provider.force_flush().context("flushing")
    };
    Ok((tally, Box::new(flush)))
}
