//! `Problem`: a broken rule of the catalogue, as a check found it.

use std::fmt;

use crate::printable::printable;
use crate::testing::{CapturedSpan, label};

/// A rule of the catalogue that a capture breaks. It is displayed as the span and the mistake.
///
/// ```
/// use tasker_span_runtime::testing::{Capture, ProblemKind};
///
/// let capture = Capture::start();
/// // By hand: the macro would refuse it.
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

/// The kind of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A required attribute is missing.
    MissingAttribute,
    /// An attribute's value is of another type or form than the catalogue's.
    WrongValue,
    /// An attribute was recorded twice.
    DuplicateAttribute,
    /// The OpenTelemetry span kind is not the catalogue's.
    WrongSpanKind,
    /// The status is `Ok`, or is `Error` without `error.type`.
    WrongStatus,
    /// The trace id or the span id is not derived from the task's or step's UUID.
    WrongIdentity,
    /// The span ends before it starts, or before its task did.
    WrongTimes,
    /// The catalogue does not allow the span's parent.
    WrongParent,
    /// The sampling values in the span's `tracestate` contradict each other.
    WrongSampling,
    /// The span's parent was not captured.
    MissingParent,
    /// Two spans of a trace have the same id.
    DuplicateSpanId,
    /// A span of a task's trace has no parent, beside the root.
    DuplicateRoot,
    /// The runtime itself marked the span with `tasker.violation`.
    Violation,
    /// A span has not ended, or a task has no root.
    Unfinished,
}

impl ProblemKind {
    /// The name of the kind in reports: `wrong_parent`.
    ///
    /// ```
    /// use tasker_span_runtime::testing::ProblemKind;
    ///
    /// assert_eq!(ProblemKind::DuplicateSpanId.name(), "duplicate_span_id");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingAttribute => "missing_attribute",
            Self::WrongValue => "wrong_value",
            Self::DuplicateAttribute => "duplicate_attribute",
            Self::WrongSpanKind => "wrong_span_kind",
            Self::WrongStatus => "wrong_status",
            Self::WrongIdentity => "wrong_identity",
            Self::WrongTimes => "wrong_times",
            Self::WrongParent => "wrong_parent",
            Self::WrongSampling => "wrong_sampling",
            Self::MissingParent => "missing_parent",
            Self::DuplicateSpanId => "duplicate_span_id",
            Self::DuplicateRoot => "duplicate_root",
            Self::Violation => "violation",
            Self::Unfinished => "unfinished",
        }
    }
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

    /// The broken rule.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// The span that breaks the rule. `None` if a span is missing.
    pub fn span(&self) -> Option<&CapturedSpan> {
        self.span.as_ref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(span) = &self.span {
            write!(f, "`{}`", printable(span.name()))?;
            if let Some(detail) = label::detail(span, label::Ancestors::default()) {
                write!(f, " {}", printable(&detail))?;
            }
            if let Some(task_uuid) = span.uuid("task_uuid") {
                write!(f, " of task {task_uuid}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&printable(&self.message))
    }
}
