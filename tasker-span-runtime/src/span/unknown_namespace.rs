//! `UnknownNamespace`: what a span without its required namespace is: in violation of the catalogue, or just without it.

/// What a span is if nothing supplies its required `namespace`: no argument, enclosing span, message or identity cache. For
/// [`TelemetryBuilder::unknown_namespace`](crate::TelemetryBuilder::unknown_namespace).
///
/// A `late(namespace)` that was not recorded is a violation in any case, because the code has promised it.
///
/// ```
/// use tasker_span_runtime::{Telemetry, UnknownNamespace};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// assert_eq!(UnknownNamespace::default(), UnknownNamespace::Violation);
/// let builder = Telemetry::builder().unknown_namespace(UnknownNamespace::Absent);
/// # drop(builder.console_only().build()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownNamespace {
    /// A violation of the catalogue, and counted in [`Stats::missing_attributes`](crate::Stats::missing_attributes).
    #[default]
    Violation,
    /// A span without that attribute, and nothing else. Its step is sampled at the rate for namespaces without one of their
    /// own.
    Absent,
}

impl UnknownNamespace {
    pub(crate) fn is_absent(self) -> bool {
        self == Self::Absent
    }
}
