//! `Warnings`: settings that are known, and not applied as they are written. Nonsense is an error instead.
//!
//! Settings are resolved before a subscriber is installed, so the warnings are collected first and logged later.

use std::fmt;

use crate::catalogue::copies;
use crate::error::Origin;
use crate::printable::printable;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Warnings(Vec<String>);

impl Warnings {
    pub(super) fn push(&mut self, message: impl Into<String>) {
        self.0.push(printable(&message.into()).into_owned());
    }

    /// A value of OpenTelemetry's specification that this crate does not support. `instead` says what happens.
    pub(super) fn unsupported(&mut self, origin: &Origin, value: &str, instead: impl fmt::Display) {
        self.push(format!("{origin}: `{value}` is not supported; {instead}"));
    }

    /// A setting that changes nothing.
    pub(super) fn without_effect(&mut self, origin: &Origin, why: impl fmt::Display) {
        self.push(format!("{origin} has no effect: {why}"));
    }

    /// Logs each warning, once a subscriber can take it.
    pub(super) fn log(self) {
        for warning in self.0 {
            tracing::warn!(target: "tasker_span", "{warning}");
        }
        copies::report();
    }

    pub(super) fn messages(&self) -> &[String] {
        &self.0
    }
}
