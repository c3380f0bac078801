//! `TelemetryBuilder::layer`: `tracing` layers of the program.

use tracing_subscriber::{Layer, Registry};

use crate::setup::builder::TelemetryBuilder;

impl TelemetryBuilder {
    /// A `tracing` layer of the program, in the subscriber of [`install`](Self::install): beside the exporter and the console,
    /// and called before them. [`build`](Self::build) returns an error, because there the program adds its layers itself.
    ///
    /// The layer sees each sampled span from its start, as with [`visible`](Self::visible). A layer that needs no spans of this
    /// crate, such as one for log lines with [`LogFormat`](crate::LogFormat), saves their cost with
    /// [`promote_on_demand`](Self::promote_on_demand).
    ///
    /// Give the layer a filter of its own, by `with_filter`. A layer that itself is a filter, such as a
    /// `tracing_subscriber::filter::LevelFilter`, applies to the console and to the exporter too.
    ///
    /// ```
    /// use tasker_span_runtime::{LogFormat, Telemetry};
    /// use tracing_subscriber::filter::LevelFilter;
    /// use tracing_subscriber::{Layer, fmt};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let lines = fmt::layer().with_writer(std::io::sink).event_format(LogFormat::full());
    /// let telemetry = Telemetry::builder()
    ///     .layer(lines.with_filter(LevelFilter::WARN))
    ///     .promote_on_demand()
    ///     .console_only()
    ///     .install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn layer(self, layer: impl Layer<Registry> + Send + Sync) -> Self {
        self.layers.add(layer);
        self
    }

    /// Makes a `tracing` span of a span only if code asks for it, even if there is a [`layer`](Self::layer) of the program: the
    /// opposite of [`visible`](Self::visible), and what [`install`](Self::install) does without such a layer. The layer then
    /// sees only the spans that are promoted. Of these two methods, the last one that is called counts.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// use tasker_span_runtime::{LogFormat, Telemetry};
    ///
    /// let lines = tracing_subscriber::fmt::layer().with_writer(std::io::sink).event_format(LogFormat::full());
    /// let telemetry = Telemetry::builder().layer(lines).promote_on_demand().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn promote_on_demand(mut self) -> Self {
        self.visible = Some(false);
        self
    }
}
