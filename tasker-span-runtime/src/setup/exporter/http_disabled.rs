//! Stands in for HTTP where the feature `otlp-http` is off.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;

use crate::error::{Error, Kind};
use crate::setup::destination::Collector;

pub(super) fn exporter(_: &Collector, _: &Resource) -> Result<impl SpanExporter + use<>, Error> {
    Err::<super::stdout::Exporter, _>(Error::new(Kind::Protocol, "HTTP needs the feature `otlp-http`"))
}
