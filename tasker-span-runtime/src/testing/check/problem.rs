//! What a check found.

use std::fmt;

use crate::testing::{CapturedSpan, label};

/// A rule of the catalogue that a capture breaks; displayed as the span and what is wrong with it.
///
/// ```
/// use tasker_span_runtime::testing::{Capture, ProblemKind};
///
/// let capture = Capture::start();
/// // By hand, past the macro that would have refused it.
/// tracing::info_span!("step.discovery").in_scope(|| {});
///
/// let problems = capture.spans().check();
/// assert_eq!(problems[0].kind(), ProblemKind::MissingAttribute);
/// assert_eq!(problems[0].to_string(), "`step.discovery`: required attribute `correlation_id` is missing");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    kind: ProblemKind,
    span: Option<CapturedSpan>,
    message: String,
}

/// Which rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A required attribute is not there.
    MissingAttribute,
    /// An attribute's value is of another type or form than the catalogue's.
    WrongValue,
    /// An attribute was exported twice.
    DuplicateAttribute,
    /// The OpenTelemetry span kind is not the catalogue's.
    WrongSpanKind,
    /// The status is `Ok`, or is `Error` without `error.type`.
    WrongStatus,
    /// The trace id or the span id is not the one that the task's or step's UUID gives.
    WrongIdentity,
    /// The span ends before it starts, or before its task did.
    WrongTimes,
    /// The span stands where the catalogue does not allow it.
    WrongPlace,
    /// What the span's `tracestate` says of its sampling contradicts itself.
    WrongSampling,
    /// The span's parent was not captured.
    MissingParent,
    /// Two spans of a trace have one id.
    DuplicateSpanId,
    /// The runtime itself marked the span with `tasker.violation`.
    Violation,
    /// A span has not ended, or a task has no root.
    Unfinished,
}

impl Problem {
    pub(super) fn of(span: &CapturedSpan, kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            span: Some(span.clone()),
            message: message.into(),
        }
    }

    pub(super) fn elsewhere(kind: ProblemKind, message: String) -> Self {
        Self {
            kind,
            span: None,
            message,
        }
    }

    /// Which rule is broken.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// The span that breaks it; `None` where a span is missing.
    pub fn span(&self) -> Option<&CapturedSpan> {
        self.span.as_ref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(span) = &self.span {
            write!(f, "`{}`", span.name())?;
            if let Some(detail) = label::detail(span, None) {
                write!(f, " {}", label::printable(&detail))?;
            }
            if let Some(task_uuid) = span.uuid("task_uuid") {
                write!(f, " of task {task_uuid}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&label::printable(&self.message))
    }
}
