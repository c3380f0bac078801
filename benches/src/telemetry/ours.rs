//! Our telemetry, with the exporter of the others as that of the program.

use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use tasker_span_runtime::otel::register_metrics;
use tasker_span_runtime::{Console, ExportOptions, Protocol, Sampling, Telemetry};

use super::exporter::{Counting, Tally};
use super::{Destination, Pipeline, Wire};
use crate::calls::namespace;
use crate::subject::Subject;

pub(super) fn install(subject: Subject, destination: &Destination, namespaces: usize) -> Result<Pipeline> {
    let (tally, builder) = (Tally::default(), Telemetry::builder());
    let builder = builder.service_name("benches").console(Console::Off);
    let builder = builder.sampling(sampling(subject, namespaces));
    let builder = match subject {
        Subject::Visible => builder.visible(),
        Subject::ActivatingContext => builder.activate_context(),
        _ => builder,
    };
    let builder = match destination {
        Destination::Collector(url, wire) => {
            let protocol = match wire {
                Wire::Grpc => Protocol::Grpc,
                Wire::Http => Protocol::HttpProtobuf,
            };
            builder.export(ExportOptions::new().endpoint(url).protocol(protocol))
        }
        Destination::Discard => builder.span_exporter(Counting(None, tally.clone())),
        Destination::DiscardAtEnd => builder.console_only().span_processor(Counting(None, tally.clone())),
    };
    let telemetry = builder.install().context("installing our telemetry")?;
    let metrics = (subject == Subject::UnsampledMeasured).then(measured);
    let flush = move || {
        if let Some(metrics) = &metrics {
            metrics.force_flush().context("collecting metrics")?;
        }
        telemetry.flush(Duration::from_mins(1)).context("flushing")
    };
    Ok((tally, Box::new(flush)))
}

/// A meter provider that collects nothing by itself.
fn measured() -> SdkMeterProvider {
    let reader = PeriodicReader::builder(NoMetrics)
        .with_interval(Duration::from_hours(24))
        .build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    register_metrics(&provider.meter("benches"));
    provider
}

/// Discards metrics.
struct NoMetrics;

impl PushMetricExporter for NoMetrics {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn sampling(subject: Subject, namespaces: usize) -> Sampling {
    /// The runtime takes 1,024.
    const MOST: usize = 1_000;
    let (sampling, rate) = match subject {
        Subject::Unsampled | Subject::UnsampledMeasured => (Sampling::new().task_rate(0.0).step_rate(0.0), 0.0),
        // Each decision looks up a rate, although the namespace with another rate has no steps.
        Subject::SampledAmongRates => (Sampling::new().namespace_rate("muted", 0.0), 1.0),
        _ => return Sampling::new(),
    };
    let namespaces = (0..namespaces.min(MOST)).map(namespace);
    namespaces.fold(sampling, |sampling, name| sampling.namespace_rate(name, rate))
}
