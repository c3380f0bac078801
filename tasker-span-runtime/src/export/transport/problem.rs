//! `Problem`: why an attempt failed, and whether another one may succeed.

use std::error::Error;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(super) message: String,
    pub(super) retry: Retry,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Retry {
    Never,
    Soon,
    /// Not before the time that the collector asks for.
    After(Duration),
}

impl Problem {
    pub(super) fn permanent(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry: Retry::Never,
        }
    }

    pub(super) fn passing(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            retry: Retry::Soon,
        }
    }

    /// Asks for another attempt after a while, if the collector has said when.
    pub(super) fn after(mut self, delay: Option<Duration>) -> Self {
        if let Some(delay) = delay {
            self.retry = Retry::After(delay);
        }
        self
    }
}

/// The error and all that caused it: a refused connection, a name that is not found, a certificate.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in chain(error).skip(1).map(ToString::to_string) {
        // Many errors repeat what caused them.
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// The error, its cause, and so on.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
