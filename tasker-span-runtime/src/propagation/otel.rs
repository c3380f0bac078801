//! The carrier and OpenTelemetry's own propagation.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};

use super::Carrier;

impl Carrier {
    /// Writes the headers, unless some are there already.
    pub fn inject<H: Injector + Extractor + ?Sized>(&self, headers: &mut H) {
        let _ = headers;
        todo!()
    }

    /// Writes the headers over whatever is there.
    pub fn inject_over(&self, headers: &mut dyn Injector) {
        let _ = headers;
        todo!()
    }

    /// Reads the headers.
    pub fn extract(headers: &dyn Extractor) -> Self {
        Self::from_headers(headers.get("traceparent"), headers.get("tracestate"))
    }

    /// The sender as an OpenTelemetry context.
    pub fn context(&self) -> Context {
        todo!()
    }
}
