//! `SpanKind` and `Status` of captured spans, as values of this crate: tests do not depend on OpenTelemetry's versions.

use std::borrow::Cow;

pub use crate::catalogue::SpanKind;

/// The status of a span, as in [OpenTelemetry's trace
/// API](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status).
///
/// ```
/// use tasker_span_runtime::testing::{Capture, Status};
///
/// let capture = Capture::start();
/// tracing::info_span!("charge").in_scope(|| ());
/// assert_eq!(*capture.spans().one().status(), Status::Unset);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// A success.
    #[default]
    Unset,
    /// Marked as a success by other code: our spans never are.
    Ok,
    /// A failure.
    Error {
        /// The description; empty if there is none.
        description: Cow<'static, str>,
    },
}

impl Status {
    /// An error with this description.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Status;
    ///
    /// assert_eq!(Status::error("declined"), Status::Error { description: "declined".into() });
    /// ```
    pub fn error(description: impl Into<Cow<'static, str>>) -> Self {
        Self::Error {
            description: description.into(),
        }
    }
}

pub(super) fn status(status: opentelemetry::trace::Status) -> Status {
    match status {
        opentelemetry::trace::Status::Unset => Status::Unset,
        opentelemetry::trace::Status::Ok => Status::Ok,
        opentelemetry::trace::Status::Error { description } => Status::Error { description },
    }
}

pub(super) fn span_kind(kind: &opentelemetry::trace::SpanKind) -> SpanKind {
    match kind {
        opentelemetry::trace::SpanKind::Internal => SpanKind::Internal,
        opentelemetry::trace::SpanKind::Server => SpanKind::Server,
        opentelemetry::trace::SpanKind::Client => SpanKind::Client,
        opentelemetry::trace::SpanKind::Producer => SpanKind::Producer,
        opentelemetry::trace::SpanKind::Consumer => SpanKind::Consumer,
    }
}
