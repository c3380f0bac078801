//! The one error of the commands.

use std::fmt;

/// Why a command has no result.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in the words of its reader.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Says what was being done when an error occurred.
    pub fn of<E: fmt::Display>(doing: &str) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
