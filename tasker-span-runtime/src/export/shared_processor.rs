//! `SharedProcessor`: a span processor of the program.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

/// A processor of the program, shared by the clones of a builder.
#[derive(Clone)]
pub(crate) struct SharedProcessor(Arc<dyn SpanProcessor>);

/// Without the program's processor: an exporter inside may show its headers.
impl fmt::Debug for SharedProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedProcessor")
    }
}

impl SharedProcessor {
    pub(crate) fn new(processor: impl SpanProcessor + 'static) -> Self {
        Self(Arc::new(processor))
    }
}

impl SpanProcessor for SharedProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        // If a clone of the builder shares it, its first provider has set the resource.
        if let Some(processor) = Arc::get_mut(&mut self.0) {
            processor.set_resource(resource);
        }
    }
}
