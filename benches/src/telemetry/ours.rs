//! Our telemetry. Its builder takes no exporter of the caller's own: for those it is composed of
//! the parts for a program with its own provider.

use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::{Console, ExportOptions, Sampling, Telemetry, otel};
use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::SubscriberExt;

use super::exporter::{Tally, exporting};
use super::{Destination, Pipeline};
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
        Box::new(move || telemetry.flush(Duration::from_mins(1)).context("flushing")),
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
    let (builder, tally) = exporting(SdkTracerProvider::builder(), destination)?;
    let provider = otel::provider(builder);
    let subscriber = tracing_subscriber::registry().with(otel::layer(&provider));
    set_global_default(subscriber).context("installing the subscriber")?;
    let flush = move || {
        let _lives = &telemetry;
        provider.force_flush().context("flushing")
    };
    Ok((tally, Box::new(flush)))
}
