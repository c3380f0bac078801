//! Puts two things right about an ended span.
//!
//! Where the clock was set back while it was open, it would end before it starts: it lasts no time instead.
//!
//! A status that the program did not set is taken back: `tracing-opentelemetry` marks a span as failed for every `tracing::error!` inside
//! it, and a status once set cannot be unset before the span ends. For Tasker's spans the outcome alone decides: a task
//! that logs a failed attempt has not failed.

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;

use crate::catalogue::Attribute;

/// The ended span, with the status that its outcome gave it, and an end that is not before its start.
pub(crate) fn reconcile(mut span: SpanData) -> SpanData {
    span.end_time = span.end_time.max(span.start_time);
    let has = |key: &str| span.attributes.iter().any(|attribute| attribute.key.as_str() == key);
    // A failure of ours always names its type; other instrumentation's spans have none of our attributes.
    let is_error = matches!(span.status, Status::Error { .. });
    if is_error && !has("error.type") && has("code.function.name") && has(Attribute::CorrelationId.name()) {
        span.status = Status::Unset;
    }
    span
}
