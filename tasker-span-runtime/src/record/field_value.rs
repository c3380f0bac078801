//! `FieldValue`: the value of one of the user's own attributes. Which types have one is in `field`.

use super::limits::Room;

/// A field's value. It owns its text, so that the borrow of the source ends before the function's
/// body.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub enum FieldValue {
    Absent,
    Text(String),
    /// The text of a value that is no text itself: a log line shows it without quotes.
    Displayed(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl FieldValue {
    /// Whether it is a text that may have more characters than that.
    pub(crate) fn is_longer_than(&self, limit: usize) -> bool {
        matches!(self, Self::Text(text) | Self::Displayed(text) if text.len() > limit)
    }

    /// Cuts a text to so many characters.
    pub(crate) fn cut(&mut self, limit: usize) {
        if let Self::Text(text) | Self::Displayed(text) = self {
            text.truncate(Room::of_chars(limit).part(text).len());
            text.shrink_to_fit();
        }
    }
}
