//! `Mistakes`: the mistakes of a file, reported in one error in the order of the file.

use std::fmt::{Display, Write};
use std::sync::Arc;

use crate::error::{Error, Kind, Place};
use crate::printable::printable;

/// More mistakes are not shown: probably it is the wrong file.
const MOST_SHOWN: usize = 20;

/// The mistakes of a file, each with the offset of its byte.
pub(super) struct Mistakes<'t> {
    file: Arc<str>,
    text: &'t str,
    found: Vec<(usize, Mistake)>,
}

enum Mistake {
    Message(String),
    /// An error that names its position itself.
    Error(Error),
}

impl<'t> Mistakes<'t> {
    pub(super) fn new(file: Arc<str>, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        Place {
            file: Arc::clone(&self.file),
            line: before.matches('\n').count() + 1,
            column: before[line..].chars().count() + 1,
        }
    }

    pub(super) fn add(&mut self, offset: usize, message: impl Into<String>) {
        self.found.push((offset, Mistake::Message(message.into())));
    }

    pub(super) fn add_error(&mut self, offset: usize, error: Error) {
        self.found.push((offset, Mistake::Error(error)));
    }

    /// `value`, if there was no mistake.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Error> {
        // Stable: mistakes at one position stay in the order in which they were found.
        self.found.sort_by_key(|(offset, _)| *offset);
        match &*self.found {
            [] => Ok(value),
            [one] => Err(self.error(one)),
            several => {
                let mut message = format!("{} mistakes in `{}`", several.len(), self.file);
                if several.len() > MOST_SHOWN {
                    // Writing to a string cannot fail.
                    let _ = write!(message, ", of which the first {MOST_SHOWN} are");
                }
                for mistake in several.iter().take(MOST_SHOWN) {
                    let _ = write!(message, "\n{}", self.error(mistake));
                }
                Err(Error::new(Kind::Configuration, message))
            }
        }
    }

    fn error(&self, (offset, mistake): &(usize, Mistake)) -> Error {
        match mistake {
            Mistake::Message(message) => {
                let message = format!("{}: {message}", self.place(*offset));
                Error::new(Kind::Configuration, message)
            }
            Mistake::Error(error) => error.clone(),
        }
    }
}

/// Quotes the file in a message: the first line, up to a length.
pub(super) fn quoted(source: &str) -> String {
    const LONGEST: usize = 60;

    let line = source.lines().next().unwrap_or_default();
    let end = line.char_indices().nth(LONGEST).map_or(line.len(), |(end, _)| end);
    let cut = if end < source.trim_end().len() { "…" } else { "" };
    format!("{}{cut}", printable(&line[..end]))
}

/// A key in TOML, with quotation marks if it needs them.
pub(super) fn key(name: &str) -> impl Display {
    let is_bare = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare && !name.is_empty() {
        quoted(name)
    } else {
        quoted(&format!("{name:?}"))
    }
}
