//! The parts of a span's line that `outline` and `rows` share: what tells it from its siblings.

use super::CapturedSpan;

/// What a row's ancestors show, each attribute of the nearest that has it: spans of other code are
/// between those of the catalogue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ancestors<'a> {
    handler_name: Option<&'a str>,
    step_name: Option<&'a str>,
    task_name: Option<&'a str>,
    step_uuid: Option<&'a str>,
    attempt: Option<Attempt>,
}

/// Which execution of its step a span is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    pub(super) number: i64,
    /// Absent before the first reset.
    pub(super) generation: Option<i64>,
    /// Absent before the first checkpoint.
    pub(super) continuation: Option<i64>,
}

impl Attempt {
    /// Its numbers beside that of the attempt.
    pub(super) fn more(self) -> impl Iterator<Item = (&'static str, i64)> {
        let numbers = [("generation", self.generation), ("continuation", self.continuation)];
        numbers.into_iter().filter_map(|(name, number)| Some((name, number?)))
    }

    pub(super) fn of(span: &CapturedSpan) -> Option<Self> {
        Some(Self {
            number: span.integer("attempt_number")?,
            generation: span.integer("generation").filter(|generation| *generation != 0),
            continuation: span.integer("continuation").filter(|continuation| *continuation != 1),
        })
    }
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
            step_name: span.text("step_name").or(self.step_name),
            task_name: span.text("task_name").or(self.task_name),
            step_uuid: span.text("step_uuid").or(self.step_uuid),
            attempt: Attempt::of(span).or(self.attempt),
        }
    }

    /// Whether they are about the step.
    pub(super) fn have_step(&self, step_uuid: &str) -> bool {
        self.step_uuid == Some(step_uuid)
    }
}

/// The states of a transition, or else the step's name, the handler's or the task's. A name that the
/// ancestors show is not repeated.
pub(super) fn detail(span: &CapturedSpan, ancestors: Ancestors<'_>) -> Option<String> {
    if let (Some(from), Some(to)) = (span.text("from_state"), span.text("to_state")) {
        return Some(format!("{from} → {to}"));
    }
    let new = |name, shown| span.text(name).filter(|text| shown != Some(*text)).map(str::to_owned);
    if span.text("step_name").is_some() {
        // Its handler adds nothing: many steps may share one.
        return new("step_name", ancestors.step_name);
    }
    new("handler_name", ancestors.handler_name).or_else(|| new("task_name", ancestors.task_name))
}

/// The attempt, unless the ancestors show the same one.
pub(super) fn attempt(span: &CapturedSpan, ancestors: Ancestors<'_>) -> Option<Attempt> {
    let attempt = Attempt::of(span);
    attempt.filter(|_| attempt != ancestors.attempt)
}

/// Whether the attempt had been executed before.
pub(super) fn is_repeated(span: &CapturedSpan) -> bool {
    span.attribute("tasker.attempt_repeated").is_some()
}
