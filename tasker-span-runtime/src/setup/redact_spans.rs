//! `TelemetryBuilder::redact`: the hook is in `crate::redact`.

use crate::redact::{Redact, Redactor};
use crate::setup::builder::TelemetryBuilder;

impl TelemetryBuilder {
    /// Shows each value of each span to a [hook](Redact) before the span is exported, which may replace or omit it: attributes,
    /// messages and fields of events, descriptions of errors, names. Of several hooks, the last one counts.
    ///
    /// The hook runs on the export thread, and sees the spans of other code too. The program's
    /// [span processors](Self::span_processor) get the spans after it, on that thread, and every exporter does. It costs nothing
    /// where spans start and end. Ids of traces and spans, `tracestate` and the resource do not pass it, and neither do log
    /// lines.
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    /// use tasker_span_runtime::redact::{Field, Redaction};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder()
    ///     .redact(|field: &Field<'_>| match field.key() {
    ///         "customer_name" => Redaction::Omit,
    ///         _ if field.text().contains('@') => Redaction::Replace("an e-mail address".into()),
    ///         _ => Redaction::Keep,
    ///     })
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn redact(mut self, hook: impl Redact) -> Self {
        self.redactor = Some(Redactor::new(hook));
        self
    }
}
