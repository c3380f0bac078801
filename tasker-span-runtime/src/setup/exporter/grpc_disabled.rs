//! Stands in for gRPC where the feature `otlp-grpc` is off.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;

use crate::error::{Error, Kind};
use crate::setup::destination::Collector;

pub(super) fn exporter(_: &Collector, _: &Resource) -> Result<impl SpanExporter + use<>, Error> {
    Err::<super::stdout::Exporter, _>(Error::new(Kind::Protocol, "gRPC needs the feature `otlp-grpc`"))
}
