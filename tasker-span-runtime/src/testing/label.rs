//! What both renderings say about a span, beyond its name.

use std::borrow::Cow;

use super::CapturedSpan;

/// What tells the span from others of its name: the states of a transition, a handler's name, a task's.
///
/// `above` is the span that it is shown under: what stands there already is not repeated.
pub(super) fn detail(span: &CapturedSpan, above: Option<&CapturedSpan>) -> Option<String> {
    if let (Some(from), Some(to)) = (span.text("from_state"), span.text("to_state")) {
        return Some(format!("{from} → {to}"));
    }
    let new = |attribute| {
        let text = span.text(attribute)?;
        (above.and_then(|above| above.text(attribute)) != Some(text)).then(|| text.to_owned())
    };
    new("handler_name").or_else(|| new("task_name"))
}

/// The attempt and how many there may be, unless `above` says the same.
pub(super) fn attempt(span: &CapturedSpan, above: Option<&CapturedSpan>) -> Option<(i64, Option<i64>)> {
    let attempt = span.integer("attempt_number")?;
    let is_news = above.and_then(|above| above.integer("attempt_number")) != Some(attempt);
    is_news.then(|| (attempt, span.integer("max_attempts")))
}

/// The text with its control characters escaped: a value may break neither the lines nor the terminal.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| -> Cow<'static, str> {
        if c.is_control() {
            c.escape_default().to_string().into()
        } else {
            c.to_string().into()
        }
    };
    Cow::Owned(text.chars().map(escape).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(super::printable("a\nb\u{1b}[31m ü"), "a\\nb\\u{1b}[31m ü");
    }
}
