//! Which spans are exported, and where.

use opentelemetry_sdk::trace::{SpanExporter, SpanProcessor};

use super::TelemetryBuilder;
use crate::export::SharedProcessor;
use crate::setup::options::ExportOptions;
use crate::setup::own_exporter::OwnExporter;

impl TelemetryBuilder {
    /// Where and how spans are exported. By default gRPC to `http://localhost:4317`, or HTTP to `http://localhost:4318` if
    /// only that is compiled in.
    ///
    /// ```
    /// use tasker_span_runtime::{ExportOptions, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let collector = ExportOptions::new().endpoint("http://collector.internal:4317");
    /// let telemetry = Telemetry::builder().export(collector).build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn export(mut self, options: ExportOptions) -> Self {
        self.export = ExportOptions {
            own: self.export.own,
            ..options
        };
        self
    }

    /// Starts without an exporter, whatever `OTEL_TRACES_EXPORTER` says. Spans get their ids, and log lines carry them. No
    /// thread starts before the first sampled span has ended, and none needs a Tokio runtime. As with an exporter, spans need a subscriber: that of
    /// [`install`](Self::install), or yours with [`Telemetry::layer`](crate::Telemetry::layer).
    ///
    /// [`Telemetry::start_export`](crate::Telemetry::start_export) adds the exporter later. For hosts that start without a
    /// Tokio runtime, such as FFI hosts.
    pub fn console_only(mut self) -> Self {
        self.console_only = true;
        self
    }

    /// The levels that are exported, in the syntax of [`log_filter`](Self::log_filter) and independent of it. `info` by
    /// default. The exporter's own crates are never exported.
    pub fn trace_filter(mut self, levels: impl Into<String>) -> Self {
        self.trace_filter = levels.into();
        self
    }

    /// A span processor of the program. It gets every span that ends, beside the exporter.
    ///
    /// Spans of this crate are finished when a processor gets them: its `on_end` is called on a background thread, soon after
    /// the end and in order, and its `on_start` is not called. Those of other code come at once, as from OpenTelemetry's SDK.
    ///
    /// ```
    /// # #[cfg(feature = "testing")]
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// use tasker_span_runtime::{Telemetry, testing::SpanStore};
    ///
    /// let store = SpanStore::new();
    /// let telemetry = Telemetry::builder().console_only().span_processor(store.clone()).build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testing"))]
    /// # fn main() {}
    /// ```
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(SharedProcessor::new(processor));
        self
    }

    /// An exporter of the program, in place of the one to a collector: it gets the spans in batches, as the `OTEL_BSP_*`
    /// variables say, on the export thread, outside of any runtime. It may block there. `OTEL_TRACES_EXPORTER=console` and
    /// `none` win over it.
    ///
    /// ```
    /// use opentelemetry_sdk::error::OTelSdkResult;
    /// use opentelemetry_sdk::trace::{SpanData, SpanExporter};
    /// use tasker_span_runtime::Telemetry;
    ///
    /// #[derive(Debug)]
    /// struct Names;
    ///
    /// impl SpanExporter for Names {
    ///     async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
    ///         batch.iter().for_each(|span| println!("{}", span.name));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().span_exporter(Names).build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.export.own = Some(OwnExporter::new(exporter));
        self
    }
}
