//! Exporters that count what they are given.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

/// What has arrived at an exporter.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    spans: AtomicU64,
    incomplete: AtomicU64,
}

/// How many attributes every measured span has at least.
const ATTRIBUTES: usize = 6;

impl Tally {
    pub(super) fn spans(&self) -> u64 {
        self.0.spans.load(Ordering::Acquire)
    }

    pub(super) fn incomplete(&self) -> u64 {
        self.0.incomplete.load(Ordering::Acquire)
    }

    /// Counts spans by how many attributes each of them has.
    pub(super) fn add(&self, spans: impl Iterator<Item = usize>) {
        let (mut all, mut incomplete) = (0, 0);
        for attributes in spans {
            all += 1;
            incomplete += u64::from(attributes < ATTRIBUTES);
        }
        self.0.incomplete.fetch_add(incomplete, Ordering::Release);
        self.0.spans.fetch_add(all, Ordering::Release);
    }
}

/// Takes everything, and is done.
#[derive(Debug)]
pub(super) struct Discarding(pub(super) Tally);

impl SpanExporter for Discarding {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.add(batch.iter().map(|span| span.attributes.len()));
        Ok(())
    }
}

/// Takes everything where it ends, without a queue or another thread.
#[derive(Debug)]
pub(super) struct Dropping(pub(super) Tally);

impl SpanProcessor for Dropping {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.add(std::iter::once(span.attributes.len()));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Counts what another exporter has delivered.
#[derive(Debug)]
pub(super) struct Delivering<E> {
    pub(super) exporter: E,
    pub(super) tally: Tally,
}

impl<E: SpanExporter> SpanExporter for Delivering<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let attributes: Vec<usize> = batch.iter().map(|span| span.attributes.len()).collect();
        self.exporter.export(batch).await?;
        self.tally.add(attributes.into_iter());
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
