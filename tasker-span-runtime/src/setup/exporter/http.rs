//! OTLP over HTTP, by a blocking client on the SDK's export thread.

use std::collections::HashMap;
use std::thread;

use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;
use reqwest::blocking::{Client, ClientBuilder};

use crate::error::Error;
use crate::setup::destination::Collector;

pub(super) fn exporter(collector: &Collector, resource: &Resource) -> Result<impl SpanExporter + use<>, Error> {
    let mut exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(client(collector)?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(collector.endpoint.as_str())
        .with_headers(headers(collector))
        .with_timeout(collector.timeout)
        .build()
        .map_err(|error| Error::exporter("no HTTP exporter", error))?;
    exporter.set_resource(resource);
    Ok(exporter)
}

fn client(collector: &Collector) -> Result<Client, Error> {
    let builder = Client::builder().timeout(collector.timeout);
    #[cfg(feature = "tls")]
    let builder = if collector.endpoint.is_secure() {
        super::tls::client(builder)?
    } else {
        builder
    };
    // On a thread of its own: the client waits for its runtime, which panics inside another one.
    thread::scope(|scope| scope.spawn(|| ClientBuilder::build(builder)).join())
        .map_err(|_| Error::exporter("no HTTP client", "its thread panicked"))?
        .map_err(|error| Error::exporter("no HTTP client", error))
}

fn headers(collector: &Collector) -> HashMap<String, String> {
    // `with_headers` decodes percent-encoded values, and ours are decoded already.
    collector
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.expose().replace('%', "%25")))
        .collect()
}
