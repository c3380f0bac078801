//! The parts of a span's line that `outline` and `rows` share: what tells it from its siblings.

use super::CapturedSpan;

/// What a row's ancestors show, each attribute of the nearest that has it: spans of other code are
/// between those of the catalogue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ancestors<'a> {
    handler_name: Option<&'a str>,
    task_name: Option<&'a str>,
    step_uuid: Option<&'a str>,
    attempt_number: Option<i64>,
}

impl<'a> Ancestors<'a> {
    /// The parent alone.
    pub(super) fn parent(span: &'a CapturedSpan) -> Self {
        Self::default().and(span)
    }

    /// Those of the span's children.
    pub(super) fn and(self, span: &'a CapturedSpan) -> Self {
        Self {
            handler_name: span.text("handler_name").or(self.handler_name),
            task_name: span.text("task_name").or(self.task_name),
            step_uuid: span.text("step_uuid").or(self.step_uuid),
            attempt_number: span.integer("attempt_number").or(self.attempt_number),
        }
    }

    /// Whether they are about the step.
    pub(super) fn have_step(&self, step_uuid: &str) -> bool {
        self.step_uuid == Some(step_uuid)
    }
}

/// The states of a transition, or else the handler's name, or else the task's. A name that the
/// ancestors show is not repeated.
pub(super) fn detail(span: &CapturedSpan, ancestors: Ancestors<'_>) -> Option<String> {
    if let (Some(from), Some(to)) = (span.text("from_state"), span.text("to_state")) {
        return Some(format!("{from} → {to}"));
    }
    let new = |name, shown| span.text(name).filter(|text| shown != Some(*text)).map(str::to_owned);
    new("handler_name", ancestors.handler_name).or_else(|| new("task_name", ancestors.task_name))
}

/// The attempt and the maximum, unless the ancestors show the same attempt.
pub(super) fn attempt(span: &CapturedSpan, ancestors: Ancestors<'_>) -> Option<(i64, Option<i64>)> {
    let attempt = span.integer("attempt_number")?;
    (ancestors.attempt_number != Some(attempt)).then(|| (attempt, span.integer("max_attempts")))
}
