//! `LogFormat`: the settings of a log line's format. `render` writes the lines.

#[cfg(feature = "json")]
use tracing_subscriber::fmt::format::Json;
use tracing_subscriber::fmt::format::{Compact, Format, Full};
use tracing_subscriber::fmt::time::SystemTime;

use crate::setup::filter::ConsoleLevels;

/// A format of log lines for a `fmt` layer of your own, as the console of
/// [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) has it: each line carries the
/// ids of its trace and span.
///
/// A line shows each enclosing span once, outermost first, whether or not it is
/// [sampled](crate::Sampling). It shows the nearest 64 spans of this crate, and at most 8 that have
/// ended: those of work that outlives them. The ids are those of
/// [`TraceContext::current`](crate::TraceContext::current). An unsampled span is exported under them
/// if it fails. They are named as in OpenTelemetry's [trace context in non-OTLP log
/// formats](https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/). An event
/// with a `parent:` of its own has no ids.
///
/// ```
/// use tasker_span_runtime::{LogFormat, Telemetry};
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder().console_only().build()?;
/// let format = LogFormat::full().map(|format| format.with_thread_names(true));
/// let subscriber = tracing_subscriber::registry()
///     .with(telemetry.layer())
///     .with(fmt::layer().event_format(format));
/// # drop(subscriber);
/// # Ok(())
/// # }
/// ```
///
/// ```text
/// 2026-03-02T10:00:00.000000Z trace_id=45e6… span_id=9c1b…  INFO step.execution{…}: payments: charging
/// ```
///
/// An unsampled span shows the attributes of the catalogue, not those of `fields(…)`. A span that has
/// ended shows those of `fields(…)` only while `tracing` has it open.
#[derive(Clone, Debug)]
#[must_use = "a format does nothing until a layer has it as its `event_format`"]
pub struct LogFormat<F = Full, T = SystemTime> {
    pub(super) style: Style,
    pub(super) format: Format<F, ()>,
    pub(super) timer: T,
    pub(super) sampled_only: bool,
    /// Which local spans are shown; without it all.
    pub(super) levels: Option<ConsoleLevels>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Style {
    Full,
    Compact,
    #[cfg(feature = "json")]
    Json,
}

impl LogFormat {
    /// The default format of a `fmt` layer: every span with its fields, before the event.
    ///
    /// ```
    /// use tasker_span_runtime::LogFormat;
    /// use tracing_subscriber::{Registry, fmt};
    ///
    /// let layer = fmt::layer::<Registry>().event_format(LogFormat::full());
    /// # drop(layer);
    /// ```
    pub fn full() -> Self {
        Self::of(Style::Full, Format::default())
    }
}

impl LogFormat<Compact> {
    /// The compact format: the spans' names before the event, and their fields after it.
    ///
    /// ```
    /// use tasker_span_runtime::LogFormat;
    /// use tracing_subscriber::{Registry, fmt};
    ///
    /// let layer = fmt::layer::<Registry>().event_format(LogFormat::compact());
    /// # drop(layer);
    /// ```
    pub fn compact() -> Self {
        Self::of(Style::Compact, Format::default().compact())
    }
}

#[cfg(feature = "json")]
#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
impl LogFormat<Json> {
    /// A JSON object per line: `trace_id` and `span_id` at its end, the innermost span under
    /// `span`, all of them under `spans`.
    ///
    /// Call [`json`](tracing_subscriber::fmt::Layer::json) on the layer first: it formats the spans'
    /// fields as JSON. Without it `fmt` panics in debug builds, and otherwise leaves fields out.
    ///
    /// ```
    /// use tasker_span_runtime::LogFormat;
    /// use tracing_subscriber::{Registry, fmt};
    ///
    /// let format = LogFormat::json().map(|format| format.flatten_event(true));
    /// let layer = fmt::layer::<Registry>().json().event_format(format);
    /// # drop(layer);
    /// ```
    pub fn json() -> Self {
        Self::of(Style::Json, Format::default().json())
    }
}

impl<F> LogFormat<F> {
    fn of(style: Style, format: Format<F>) -> Self {
        Self {
            style,
            format: format.with_timer(()),
            timer: SystemTime,
            sampled_only: false,
            levels: None,
        }
    }
}

impl<F, T> LogFormat<F, T> {
    /// The format of `install`'s console.
    pub(super) fn of_console(self, levels: ConsoleLevels, sampled_only: bool) -> Self {
        Self {
            levels: Some(levels),
            sampled_only,
            ..self
        }
    }

    /// Changes the underlying format: which parts a line shows. Without the time, text lines have
    /// no ids; [`timer(())`](Self::timer) leaves out the time alone.
    ///
    /// ```
    /// use tasker_span_runtime::LogFormat;
    ///
    /// let format = LogFormat::full().map(|format| format.with_target(false).with_file(true));
    /// # drop(format);
    /// ```
    pub fn map(self, change: impl FnOnce(Format<F, ()>) -> Format<F, ()>) -> Self {
        Self {
            format: change(self.format),
            ..self
        }
    }

    /// The timer of the lines; `SystemTime` by default. Text lines have the ids after the time.
    ///
    /// ```
    /// use tasker_span_runtime::LogFormat;
    /// use tracing_subscriber::fmt::time::uptime;
    ///
    /// let format = LogFormat::full().timer(uptime());
    /// # drop(format);
    /// ```
    pub fn timer<U>(self, timer: U) -> LogFormat<F, U> {
        LogFormat {
            style: self.style,
            format: self.format,
            timer,
            sampled_only: self.sampled_only,
            levels: self.levels,
        }
    }

    /// Leaves unsampled spans out of the lines: their names, attributes and ids.
    ///
    /// ```
    /// let format = tasker_span_runtime::LogFormat::full().sampled_only();
    /// # drop(format);
    /// ```
    pub fn sampled_only(mut self) -> Self {
        self.sampled_only = true;
        self
    }
}
