//! The parts of a span's line that `outline` and `rows` share: what tells it from its siblings.

use super::CapturedSpan;

/// The states of a transition, or else the handler's name, or else the task's. A name that the
/// parent has, too, is not repeated.
pub(super) fn detail(span: &CapturedSpan, parent: Option<&CapturedSpan>) -> Option<String> {
    if let (Some(from), Some(to)) = (span.text("from_state"), span.text("to_state")) {
        return Some(format!("{from} → {to}"));
    }
    let new = |attribute| {
        let text = span.text(attribute)?;
        (parent.and_then(|parent| parent.text(attribute)) != Some(text)).then(|| text.to_owned())
    };
    new("handler_name").or_else(|| new("task_name"))
}

/// The attempt and the maximum, unless the parent has the same attempt.
pub(super) fn attempt(span: &CapturedSpan, parent: Option<&CapturedSpan>) -> Option<(i64, Option<i64>)> {
    let attempt = span.integer("attempt_number")?;
    let is_new = parent.and_then(|parent| parent.integer("attempt_number")) != Some(attempt);
    is_new.then(|| (attempt, span.integer("max_attempts")))
}
