//! Records of the `log` crate on their way into the installed subscriber. What their events are is in `subscriber::log_record`.

/// Makes events of all records from here on.
///
/// # Errors
///
/// The program has a logger already, which gets the records instead.
#[cfg(feature = "tracing-log")]
pub(super) fn bridge() -> Result<(), impl std::fmt::Display> {
    tracing_log::LogTracer::init()
}

/// Without the feature, records are left alone.
#[cfg(not(feature = "tracing-log"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
pub(super) fn bridge() -> Result<(), std::convert::Infallible> {
    Ok(())
}
