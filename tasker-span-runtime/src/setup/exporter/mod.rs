//! The exporter for a destination. Each protocol is a file, with a sibling of the same interface for when its feature is
//! off.

#[cfg_attr(not(feature = "otlp-grpc"), path = "grpc_disabled.rs")]
mod grpc;
#[cfg_attr(not(feature = "otlp-http"), path = "http_disabled.rs")]
mod http;
mod stdout;
#[cfg(all(feature = "otlp-http", feature = "tls"))]
mod tls;

use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanExporter};

use crate::error::Error;
use crate::setup::batch::Batch;
use crate::setup::destination::{Collector, Destination};
use crate::setup::options::Protocol;
use crate::setup::pipeline::Counted;
use crate::setup::queue::{Queue, Waiting};

/// The queue with the exporter behind it; none where spans go nowhere.
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
    let waiting = Arc::new(Waiting::new(batch.room()));
    let exporter = Counted::new(exporter, destination.to_owned(), Arc::clone(&waiting));
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batch.config())
        .build();
    Queue::new(processor, waiting)
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;
    use crate::setup::options::ExportOptions;

    #[test]
    fn https_exporters_can_be_built() {
        for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
            let options = ExportOptions::new()
                .protocol(protocol)
                .endpoint("https://localhost:4317");
            let resource = Resource::builder_empty().build();
            let queue = with(&[], |env| {
                let destination = Destination::resolve(options, env)?;
                queue(&destination, Batch::resolve(env)?, &resource)
            });
            match protocol {
                Protocol::Grpc => assert_eq!(queue.is_ok(), cfg!(feature = "otlp-grpc"), "{queue:?}"),
                Protocol::HttpProtobuf => assert_eq!(queue.is_ok(), cfg!(feature = "otlp-http"), "{queue:?}"),
            }
        }
    }
}
