//! OpenTelemetry's provider, with the SDK's batch processor as it comes.

use std::sync::LazyLock;

use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, TracerProviderBuilder};
use tokio::runtime::Runtime;

use super::Destination;
use super::exporter::{Delivering, Discarding, Dropping, Tally};
use crate::failure::Failure;

/// Adds the processor and what is behind it.
pub(super) fn exporting(
    builder: TracerProviderBuilder,
    destination: &Destination,
) -> Result<(SdkTracerProvider, Tally), Failure> {
    let tally = Tally::default();
    let builder = builder.with_resource(resource());
    let builder = match destination {
        Destination::Nowhere => builder.with_batch_exporter(Discarding(tally.clone())),
        Destination::Dropped => builder.with_span_processor(Dropping(tally.clone())),
        Destination::Collector(url) => builder.with_batch_exporter(Delivering {
            exporter: otlp(url)?,
            tally: tally.clone(),
        }),
    };
    Ok((builder.build(), tally))
}

/// Who says so in the exports.
pub(super) fn resource() -> Resource {
    Resource::builder_empty().with_service_name("benches").build()
}

/// The exporter over gRPC, on the runtime that its connection needs.
pub(super) fn otlp(url: &str) -> Result<SpanExporter, Failure> {
    /// One thread, as our own exporter has it.
    static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
    });
    let runtime = RUNTIME
        .as_ref()
        .map_err(Failure::of("starting a runtime for the exporter"))?;
    let _context = runtime.enter();
    SpanExporter::builder()
        .with_tonic()
        .with_endpoint(url)
        .build()
        .map_err(Failure::of("building the exporter"))
}
