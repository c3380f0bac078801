//! Builds the exporter of a destination.

use opentelemetry_sdk::Resource;

use crate::error::Error;
#[cfg(feature = "_otlp")]
use crate::export::Outbox;
#[cfg(feature = "_otlp")]
use crate::export::{Client, Connection, OtlpSender, Template};
use crate::export::{Exporter, Pipeline, StandardOutput};
use crate::setup::batch::Batch;
use crate::setup::destination::{Collector, Destination};
#[cfg(feature = "_otlp")]
use crate::setup::options::Protocol;
use crate::setup::own_exporter::of_sdk;
#[cfg(feature = "tls")]
use crate::setup::tls;

/// `None` if spans are not exported.
pub(super) fn exporter(
    destination: &Destination,
    batch: Batch,
    pipeline: &Pipeline,
    resource: &Resource,
) -> Result<Option<Exporter>, Error> {
    match destination {
        Destination::Nowhere => Ok(None),
        Destination::StandardOutput => Ok(Some(of_sdk(StandardOutput, "standard output", batch, resource))),
        Destination::Own(own) => own.build(batch, resource).map(Some),
        Destination::Collector(collector) => to_collector(collector, batch, pipeline, resource).map(Some),
    }
}

#[cfg(feature = "_otlp")]
fn to_collector(
    collector: &Collector,
    batch: Batch,
    pipeline: &Pipeline,
    resource: &Resource,
) -> Result<Exporter, Error> {
    let connection = Connection {
        url: collector.endpoint.as_str().to_owned(),
        headers: collector.headers.clone(),
        timeout: collector.timeout,
        #[cfg(feature = "gzip")]
        compresses: collector.compression == crate::setup::options::Compression::Gzip,
        #[cfg(feature = "tls")]
        tls: tls::client_config(&collector.tls)?,
    };
    let template = Template::new(resource, pipeline.shared().clone());
    match collector.protocol {
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => {
            let client = crate::export::GrpcClient::new(&connection)?;
            Ok(of_client(client, &connection, template, batch))
        }
        #[cfg(feature = "otlp-http")]
        Protocol::HttpProtobuf => {
            let client = crate::export::HttpClient::new(&connection)?;
            Ok(of_client(client, &connection, template, batch))
        }
        #[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http")))]
        protocol => Err(without_feature(protocol)),
    }
}

#[cfg(not(feature = "_otlp"))]
fn to_collector(collector: &Collector, _: Batch, _: &Pipeline, _: &Resource) -> Result<Exporter, Error> {
    Err(without_feature(collector.protocol))
}

/// The destination has found this before.
#[cfg(not(all(feature = "otlp-grpc", feature = "otlp-http")))]
fn without_feature(protocol: crate::setup::options::Protocol) -> Error {
    let message = format!("the feature of the protocol `{protocol}` is off");
    Error::new(crate::error::Kind::Protocol, message)
}

#[cfg(feature = "_otlp")]
fn of_client(client: impl Client, connection: &Connection, template: Template, batch: Batch) -> Exporter {
    let sender = OtlpSender::new(client, connection, template);
    Box::new(Outbox::new(sender, batch.batching()))
}
