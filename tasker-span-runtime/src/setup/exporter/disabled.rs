//! Replaces the exporter of a protocol whose feature is off.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;

use crate::error::{Error, Kind};
use crate::setup::destination::Collector;

pub(super) fn exporter(collector: &Collector, _: &Resource) -> Result<impl SpanExporter + use<>, Error> {
    let message = format!("the feature of the protocol `{}` is off", collector.protocol);
    Err::<super::stdout::Exporter, _>(Error::new(Kind::Protocol, message))
}
