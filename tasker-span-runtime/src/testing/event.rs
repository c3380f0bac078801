//! `CapturedEvent`: an event of a captured span.

use std::time::SystemTime;

use super::Value;
use super::value::{find, values};

/// An event of a captured span: a `tracing` event inside it, for one.
///
/// ```
/// use tasker_span_runtime::testing::Capture;
///
/// let capture = Capture::start();
/// tracing::info_span!("charge").in_scope(|| tracing::info!(amount = 4200, "card charged"));
///
/// let span = capture.spans().one();
/// assert_eq!(span.events()[0].name(), "card charged");
/// assert_eq!(span.events()[0].attribute("amount"), Some(&4200.into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedEvent {
    name: String,
    time: SystemTime,
    attributes: Vec<(String, Value)>,
}

impl CapturedEvent {
    pub(super) fn new(event: &opentelemetry::trace::Event) -> Self {
        Self {
            name: event.name.clone().into_owned(),
            time: event.timestamp,
            attributes: values(&event.attributes),
        }
    }

    /// The name: a `tracing` event's message.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it happened.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The attributes, in the order of recording.
    pub fn attributes(&self) -> &[(String, Value)] {
        &self.attributes
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        find(&self.attributes, name)
    }
}
