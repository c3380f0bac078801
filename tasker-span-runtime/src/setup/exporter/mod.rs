//! Builds the exporter of a destination. Each protocol is a file; `disabled` replaces it if its
//! feature is off.

#[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http")))]
mod disabled;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(feature = "otlp-http")]
mod http;
mod stdout;
#[cfg(all(feature = "otlp-http", feature = "tls"))]
mod tls;

use std::sync::Arc;

#[cfg(not(feature = "otlp-grpc"))]
use disabled as grpc;
#[cfg(not(feature = "otlp-http"))]
use disabled as http;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanExporter};

use crate::error::Error;
use crate::setup::batch::Batch;
use crate::setup::destination::{Collector, Destination};
use crate::setup::options::Protocol;
use crate::setup::queue::{CountingExporter, Queue, Queued};

/// The export queue with its exporter. `None` if spans are not exported.
pub(super) fn queue(destination: &Destination, batch: Batch, resource: &Resource) -> Result<Option<Queue>, Error> {
    match destination {
        Destination::Nowhere => Ok(None),
        Destination::StandardOutput => Ok(Some(queued(stdout::Exporter, "standard output", batch))),
        Destination::Collector(collector) => to_collector(collector, batch, resource).map(Some),
    }
}

fn to_collector(collector: &Collector, batch: Batch, resource: &Resource) -> Result<Queue, Error> {
    let url = collector.endpoint.as_str();
    match collector.protocol {
        Protocol::Grpc => Ok(queued(grpc::exporter(collector, resource)?, url, batch)),
        Protocol::HttpProtobuf => Ok(queued(http::exporter(collector, resource)?, url, batch)),
    }
}

fn queued(exporter: impl SpanExporter + 'static, destination: &str, batch: Batch) -> Queue {
    let queued = Arc::new(Queued::new(batch.capacity()));
    let exporter = CountingExporter::new(exporter, destination.to_owned(), Arc::clone(&queued));
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batch.config())
        .build();
    Queue::new(processor, queued)
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;
    use crate::setup::options::ExportOptions;
    use crate::setup::warnings::Warnings;

    #[test]
    fn https_exporters_can_be_built() {
        for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
            let options = ExportOptions::new()
                .protocol(protocol)
                .endpoint("https://localhost:4317");
            let resource = Resource::builder_empty().build();
            let queue = with(&[], |env| {
                let destination = Destination::resolve(options, env, &mut Warnings::default())?;
                queue(&destination, Batch::resolve(env)?, &resource)
            });
            let is_compiled = match protocol {
                Protocol::Grpc => cfg!(feature = "otlp-grpc"),
                Protocol::HttpProtobuf => cfg!(feature = "otlp-http"),
            };
            assert_eq!(queue.is_ok(), is_compiled, "{queue:?}");
        }
    }
}
