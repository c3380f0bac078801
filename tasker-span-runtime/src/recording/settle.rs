//! Takes back a status that nobody set: `tracing-opentelemetry` marks a span as failed for every `tracing::error!` inside
//! it, and a status once set cannot be unset before the span ends. For Tasker's spans the outcome alone decides: a task
//! that logs a failed attempt has not failed.

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;

use crate::catalogue::Attribute;

/// The ended span, with the status that its outcome gave it.
pub(crate) fn settle(mut span: SpanData) -> SpanData {
    let has = |key: &str| span.attributes.iter().any(|attribute| attribute.key.as_str() == key);
    // A failure of ours always names its type; other instrumentation's spans have none of our attributes.
    let is_error = matches!(span.status, Status::Error { .. });
    if is_error && !has("error.type") && has("code.function.name") && has(Attribute::CorrelationId.name()) {
        span.status = Status::Unset;
    }
    span
}
