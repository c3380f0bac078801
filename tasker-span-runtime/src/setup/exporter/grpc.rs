//! OTLP over gRPC, on a Tokio runtime of its own: exports do not depend on the program's runtime.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_otlp::{WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::{Builder, Runtime};
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::Endpoint;

use crate::error::{Error, Kind, Origin};
use crate::setup::destination::Collector;

pub(super) fn exporter(collector: &Collector, resource: &Resource) -> Result<impl SpanExporter + use<>, Error> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .thread_name("tasker-span-export")
        .enable_all()
        .on_thread_start(suppress_telemetry)
        .build()
        .map_err(|error| Error::exporter("no runtime for the gRPC exporter", error))?;
    let runtime = OwnRuntime(Some(runtime));
    let mut exporter = {
        // The channel spawns its connection on the current runtime.
        let _context = runtime.0.as_ref().map(Runtime::enter);
        opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_channel(endpoint(collector)?.connect_lazy())
            .with_metadata(metadata(collector)?)
            .with_timeout(collector.timeout)
            .build()
            .map_err(|error| Error::exporter("no gRPC exporter", error))?
    };
    exporter.set_resource(resource);
    Ok(GrpcExporter {
        exporter: Arc::new(exporter),
        runtime,
        timeout: collector.timeout,
    })
}

fn endpoint(collector: &Collector) -> Result<Endpoint, Error> {
    let url = collector.endpoint.as_str();
    let wrong = |error: tonic::transport::Error| Error::invalid(Kind::Endpoint, Origin::Method("endpoint"), url, error);
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(wrong)?;
    #[cfg(feature = "tls")]
    let endpoint = if collector.endpoint.is_secure() {
        let roots = tonic::transport::ClientTlsConfig::new().with_webpki_roots();
        endpoint
            .tls_config(roots)
            .map_err(|error| Error::exporter("no TLS for the gRPC exporter", error))?
    } else {
        endpoint
    };
    // `timeout` starts after the connection.
    Ok(endpoint.timeout(collector.timeout).connect_timeout(collector.timeout))
}

fn metadata(collector: &Collector) -> Result<MetadataMap, Error> {
    let mut metadata = MetadataMap::new();
    for (name, value) in &collector.headers {
        let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
        let (Ok(key), Ok(value)) = (key, MetadataValue::try_from(value.expose())) else {
            let (origin, problem) = (Origin::Method("header"), "gRPC does not allow this header");
            return Err(Error::invalid(Kind::Configuration, origin, name, problem));
        };
        metadata.insert(key, value);
    }
    Ok(metadata)
}

/// The threads of the runtime only export, so nothing on them is a span.
fn suppress_telemetry() {
    std::mem::forget(Context::enter_telemetry_suppressed_scope());
}

#[derive(Debug)]
struct GrpcExporter {
    exporter: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: OwnRuntime,
    timeout: Duration,
}

impl SpanExporter for GrpcExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let Some(runtime) = &self.runtime.0 else {
            return Err(OTelSdkError::AlreadyShutdown);
        };
        let (exporter, timeout) = (Arc::clone(&self.exporter), self.timeout);
        let export = runtime.spawn(async move {
            // `opentelemetry-otlp` may start its last retry just before its own limit.
            tokio::time::timeout(timeout, exporter.export(batch)).await
        });
        match export.await {
            Ok(Ok(result)) => result,
            Ok(Err(_elapsed)) => Err(OTelSdkError::Timeout(timeout)),
            Err(stopped) => Err(OTelSdkError::InternalFailure(stopped.to_string())),
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }
}

/// Is dropped without waiting: inside another runtime, a runtime that waits for its threads panics.
#[derive(Debug)]
struct OwnRuntime(Option<Runtime>);

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
