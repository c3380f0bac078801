//! The exporters, which count what they are given, and the SDK's processors in front of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use fastrace::collector::{Reporter, SpanRecord};
use opentelemetry::Context;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor, TracerProviderBuilder,
};
use tokio::runtime::{Builder, Runtime};

use super::{Destination, Wire};

/// The number of spans, and of those that lack an attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<[AtomicU64; 2]>);

impl Tally {
    pub(super) fn get(&self) -> [u64; 2] {
        [0, 1].map(|count: usize| self.0[count].load(Ordering::Acquire))
    }

    /// Counts spans, given the number of attributes of each.
    fn add(&self, attributes: impl IntoIterator<Item = usize>) {
        /// Every measured span has so many at least.
        const LEAST: usize = 6;
        let (mut spans, mut incomplete) = (0, 0);
        for attributes in attributes {
            spans += 1;
            incomplete += u64::from(attributes < LEAST);
        }
        self.0[1].fetch_add(incomplete, Ordering::Release);
        self.0[0].fetch_add(spans, Ordering::Release);
    }
}

/// Counts spans when another exporter has delivered them. Discards them if there is no other
/// exporter.
#[derive(Debug)]
pub(super) struct Counting(pub(super) Option<opentelemetry_otlp::SpanExporter>, pub(super) Tally);

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let attributes = batch.iter().map(|span| span.attributes.len());
        let Some(exporter) = &self.0 else {
            self.1.add(attributes);
            return Ok(());
        };
        let attributes: Vec<usize> = attributes.collect();
        exporter.export(batch).await?;
        self.1.add(attributes);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(exporter) = &mut self.0 {
            exporter.set_resource(resource);
        }
    }
}

/// Discards each span on the thread that ends it.
impl SpanProcessor for Counting {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.1.add([span.attributes.len()]);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Counts and discards the spans of fastrace.
pub(super) struct Reporting(pub(super) Tally);

impl Reporter for Reporting {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        self.0.add(spans.iter().map(|span| span.properties.len()));
    }
}

/// Adds the exporter.
pub(super) fn exporting(
    builder: TracerProviderBuilder,
    destination: &Destination,
) -> Result<(TracerProviderBuilder, Tally)> {
    let tally = Tally::default();
    let builder = builder.with_resource(resource());
    let builder = match destination {
        Destination::Discard => builder.with_span_processor(batched(None, &tally)),
        Destination::DiscardAtEnd => builder.with_span_processor(Counting(None, tally.clone())),
        Destination::Collector(url, wire) => builder.with_span_processor(batched(Some(otlp(url, *wire)?), &tally)),
    };
    Ok((builder, tally))
}

/// The SDK's batch processor at its default settings, and the exporter.
fn batched(exporter: Option<opentelemetry_otlp::SpanExporter>, tally: &Tally) -> BatchSpanProcessor {
    BatchSpanProcessor::builder(Counting(exporter, tally.clone())).build()
}

pub(super) fn resource() -> Resource {
    Resource::builder_empty().with_service_name("benches").build()
}

/// The exporter as documented: over gRPC with the runtime that its connection needs, over HTTP with its default client.
pub(super) fn otlp(url: &str, wire: Wire) -> Result<opentelemetry_otlp::SpanExporter> {
    /// One thread.
    static RUNTIME: LazyLock<std::io::Result<Runtime>> =
        LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build());
    if wire == Wire::Http {
        let builder = opentelemetry_otlp::SpanExporter::builder().with_http();
        let builder = builder.with_endpoint(format!("{url}/v1/traces"));
        return builder.build().context("building the exporter");
    }
    let runtime = RUNTIME
        .as_ref()
        .map_err(|error| anyhow!("starting a runtime: {error}"))?;
    let _entered = runtime.enter();
    let builder = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(url);
    builder.build().context("building the exporter")
}
