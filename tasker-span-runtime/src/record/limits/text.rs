//! Texts that are cut to a number of characters and bytes. What the numbers are is in `limits`.

use std::fmt;

use opentelemetry::{Array, StringValue, Value};

use crate::outcome::caught;

/// How long a text may be. It is cut at the end of a character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(super) chars: usize,
    pub(super) bytes: usize,
}

impl Room {
    pub(crate) const fn of_chars(chars: usize) -> Self {
        Self {
            chars,
            bytes: usize::MAX,
        }
    }

    /// The part of the text that has room.
    pub(crate) fn part(self, text: &str) -> &str {
        // Most texts have fewer bytes than they may have characters, and of the others most are ASCII.
        let end = match text.as_bytes().get(..self.chars) {
            None => text.len(),
            Some(start) if start.is_ascii() => self.chars,
            Some(_) => text.char_indices().nth(self.chars).map_or(text.len(), |(end, _)| end),
        };
        &text[..text.floor_char_boundary(end.min(self.bytes))]
    }

    /// Cuts the texts of a value. Returns how many bytes it takes beyond the value itself, or `None` if it has no room.
    pub(crate) fn fit(self, value: &mut Value) -> Option<usize> {
        match value {
            Value::String(text) => self.fit_text(text),
            Value::Array(Array::String(texts)) => self.fit_texts(texts),
            Value::Array(Array::Bool(list)) => self.all(size_of_val(&**list)),
            Value::Array(Array::I64(list)) => self.all(size_of_val(&**list)),
            Value::Array(Array::F64(list)) => self.all(size_of_val(&**list)),
            _ => Some(0),
        }
    }

    fn fit_text(self, text: &mut StringValue) -> Option<usize> {
        let whole = text.as_str();
        let part = self.part(whole);
        if part.len() == whole.len() {
            return Some(part.len());
        }
        if self.bytes == 0 {
            return None;
        }
        let taken = part.len();
        *text = part.to_owned().into();
        Some(taken)
    }

    /// The list ends where there is no room for another text.
    fn fit_texts(self, texts: &mut Vec<StringValue>) -> Option<usize> {
        let mut left = self;
        let mut count = 0;
        for text in texts.iter_mut() {
            let Some(bytes) = left.bytes.checked_sub(size_of::<StringValue>()) else {
                break;
            };
            left.bytes = bytes;
            let Some(taken) = left.fit_text(text) else { break };
            left.bytes -= taken;
            count += 1;
        }
        if count == 0 && !texts.is_empty() {
            return None;
        }
        if count < texts.len() {
            texts.truncate(count);
            texts.shrink_to_fit();
        }
        Some(self.bytes - left.bytes)
    }

    /// Numbers are not cut.
    fn all(self, bytes: usize) -> Option<usize> {
        (bytes <= self.bytes).then_some(bytes)
    }
}

/// Formats a value as far as there is room. The rest of it is not even formatted.
pub(crate) struct Text {
    text: String,
    room: Room,
}

impl Text {
    /// What `format` writes.
    pub(crate) fn of(room: Room, format: fmt::Arguments<'_>) -> String {
        let mut text = Self {
            text: String::new(),
            room,
        };
        // It fails when the room is used up, which the program's code may answer with a panic.
        let _ = caught(|| fmt::write(&mut text, format));
        text.text
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let part = self.room.part(text);
        self.text.push_str(part);
        self.room.bytes -= part.len();
        self.room.chars = self.room.chars.saturating_sub(part.chars().count());
        if part.len() < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}
