//! Span processors of the program's own, which may panic.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::outcome::caught;

/// A processor whose panics reach neither the function whose span it is shown, nor the processors after it.
#[derive(Clone, Debug)]
pub(crate) struct PanicSafeProcessor<P>(pub(crate) P);

fn panicked() -> OTelSdkResult {
    Err(OTelSdkError::InternalFailure("the span processor panicked".to_owned()))
}

impl<P: SpanProcessor> SpanProcessor for PanicSafeProcessor<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        caught(|| self.0.on_start(span, context));
    }

    fn on_end(&self, span: SpanData) {
        caught(|| self.0.on_end(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        caught(|| self.0.force_flush()).unwrap_or_else(panicked)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        caught(|| self.0.shutdown_with_timeout(timeout)).unwrap_or_else(panicked)
    }

    fn set_resource(&mut self, resource: &Resource) {
        caught(|| self.0.set_resource(resource));
    }
}
