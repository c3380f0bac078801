//! `Processor`: the span processor of our provider, by which the SDK reaches the pipeline.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::pipeline::Pipeline;
use crate::record::{is_emitting, reconcile};
use crate::stats::SPANS_ENDED;

/// The provider's handle of the pipeline.
#[derive(Debug)]
pub(crate) struct Processor(pub(crate) Pipeline);

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.start_span(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && !is_emitting() {
            SPANS_ENDED.add_one();
        }
        self.0.end_span(reconcile(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        // The SDK's own limit for its processors.
        self.0.flush(Duration::from_secs(5)).map_err(|error| {
            if error.is_timeout() {
                return OTelSdkError::Timeout(Duration::from_secs(5));
            }
            OTelSdkError::InternalFailure(error.to_string())
        })
    }

    /// Is called by a program that shuts down the provider.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        // The last provider that is dropped calls this, too.
        if self.0.is_shut_down() {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.0.shutdown(timeout).map_err(|error| {
            if error.is_timeout() {
                return OTelSdkError::Timeout(timeout);
            }
            OTelSdkError::InternalFailure(error.to_string())
        })
    }
}
