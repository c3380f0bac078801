//! `Value`: the value of a setting, in the type that it has in a document.

use std::fmt;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub(in crate::setup) enum Value {
    Flag(bool),
    /// From 0 to 1.
    Rate(f64),
    Count(u64),
    Text(String),
    List(Vec<String>),
}

pub(in crate::setup) fn rate(rate: f64) -> Value {
    // Of a zero without its sign, which the sum does not have.
    Value::Rate(rate + 0.0)
}

pub(in crate::setup) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

/// In milliseconds, as the variables of OpenTelemetry have it.
impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Count(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Value {
    /// For readers: a rate in percent.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Rate(rate) => {
                // Some products have binary noise in their last digits.
                let percent = format!("{:.10}", rate * 100.0);
                format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
            }
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Rate(rate) => rate.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::List(texts) => texts.join(", ").fmt(f),
        }
    }
}
