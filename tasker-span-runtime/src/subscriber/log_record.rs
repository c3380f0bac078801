//! Records of the `log` crate, which `tracing-log` makes events of: what they say about themselves is in their fields.

use tracing::Event;

/// The target of the event: that of the `log` record, if it is one.
pub(crate) fn target<'a>(event: &'a Event<'_>) -> &'a str {
    of_record(event).unwrap_or(event.metadata().target())
}

/// The target of the `log` record that the event was made of.
#[cfg(feature = "tracing-log")]
pub(super) fn of_record<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    use tracing_log::NormalizeEvent;

    event.normalized_metadata().map(|metadata| metadata.target())
}

#[cfg(not(feature = "tracing-log"))]
pub(super) fn of_record<'a>(_: &'a Event<'_>) -> Option<&'a str> {
    None
}
