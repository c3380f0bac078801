//! States of tasks and steps: as they are recorded, in snake case, and which of them are terminal.

use std::fmt::{self, Write};

use compact_str::CompactString;

use crate::catalogue::attributes::{MAX_TEXT, Text};
use crate::catalogue::place::UNKNOWN;
use crate::identity::intern::intern;

/// The states in which a task has ended, and its root span can be emitted.
const TERMINAL: [&str; 4] = ["complete", "error", "cancelled", "resolved_manually"];

pub(crate) fn is_terminal(state: &str) -> bool {
    TERMINAL.contains(&state)
}

/// A value that names a state: text, an enum with `Display`, or an `Option` of either. `None` is
/// `unknown`.
///
/// `Kind` separates the implementations, and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a state",
    label = "expected text, an enum with `Display`, or an `Option` of either",
    note = "implement `std::fmt::Display` for it; the text is recorded in snake case"
)]
pub trait AsState<Kind> {
    #[doc(hidden)]
    fn as_state(&self) -> Text;
}

/// Kinds of sources of a state.
#[doc(hidden)]
#[derive(Debug)]
pub enum ByDisplay {}
#[doc(hidden)]
#[derive(Debug)]
pub enum ByOption {}
#[doc(hidden)]
#[derive(Debug)]
pub struct ByReference<Kind>(std::marker::PhantomData<Kind>);

impl<T: fmt::Display + ?Sized> AsState<ByDisplay> for T {
    fn as_state(&self) -> Text {
        snake_case(self)
    }
}

impl<T: fmt::Display> AsState<ByOption> for Option<T> {
    fn as_state(&self) -> Text {
        self.as_ref().map_or_else(|| intern(UNKNOWN), |state| snake_case(state))
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsState<ByOption> + ?Sized> AsState<ByReference<ByOption>> for &T {
    fn as_state(&self) -> Text {
        (**self).as_state()
    }
}

/// The displayed value in snake case, cut to a bounded length. A `Display` that fails ends the text
/// there.
pub(crate) fn snake_case(value: &(impl fmt::Display + ?Sized)) -> Text {
    let mut text = Inline {
        text: CompactString::default(),
        room: MAX_TEXT,
    };
    let _ = write!(text, "{value}");
    let text = text.text;
    if text.is_empty() {
        intern(UNKNOWN)
    } else if is_snake_case(&text) {
        intern(&text)
    } else {
        intern(&to_snake_case(&text))
    }
}

/// A text that allocates only if it is long, and ends at a character when it has reached its
/// length.
struct Inline {
    text: CompactString,
    room: usize,
}

impl fmt::Write for Inline {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = &text[..text.floor_char_boundary(self.room)];
        self.text.push_str(fits);
        self.room -= fits.len();
        if fits.len() == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// Most sources are in snake case, and need no second text.
fn is_snake_case(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.split('_').all(is_word)
}

/// `StepsInProcess`, `steps in process` and `STEPS-IN-PROCESS` all become `steps_in_process`.
fn to_snake_case(text: &str) -> CompactString {
    let mut snake = CompactString::default();
    let mut before = None::<char>;
    let mut gap = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            gap = before.is_some();
            continue;
        }
        let is_upper = |c: char| c.is_uppercase() && !c.to_lowercase().eq([c]);
        let starts_word = is_upper(c)
            && before.is_some_and(|before| !is_upper(before) || chars.peek().is_some_and(|next| next.is_lowercase()));
        if gap || starts_word {
            snake.push('_');
        }
        gap = false;
        before = Some(c);
        // Some letters become two, and the second is a mark: `İ`.
        c.to_lowercase()
            .filter(|c| c.is_alphanumeric())
            .for_each(|c| snake.push(c));
    }
    if before.is_none() {
        CompactString::const_new(UNKNOWN)
    } else {
        snake
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_state_becomes_snake_case() {
        for (text, expected) in [
            ("steps_in_process", "steps_in_process"),
            ("StepsInProcess", "steps_in_process"),
            ("steps in process", "steps_in_process"),
            ("STEPS_IN_PROCESS", "steps_in_process"),
            ("  steps--in process! ", "steps_in_process"),
            ("Complete", "complete"),
            ("HTTPError", "http_error"),
            ("Retry2Wait", "retry2_wait"),
            ("ÜberState", "über_state"),
            ("İstanbul", "istanbul"),
            ("", "unknown"),
            ("--", "unknown"),
            ("_", "unknown"),
            ("_steps__in_process_", "steps_in_process"),
        ] {
            assert_eq!(&*snake_case(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_absent_state_is_unknown() {
        assert_eq!(&*None::<String>.as_state(), "unknown");
        assert_eq!(&*Some("Pending").as_state(), "pending");
        let by_reference = &Some(String::from("Pending"));
        assert_eq!(&*<&Option<String> as AsState<_>>::as_state(&by_reference), "pending");
    }
}
