//! The names and ids of dropped scopes, in the lines that are logged inside of them.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Compact, Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::dropped::{self, DroppedScope};
use super::ids::Ids;
use super::json;
use super::line::Line;
use super::spans;

/// The format of a `fmt` layer of a program's own: inside of scopes that [sampling](crate::Sampling) has dropped, a line shows
/// them as it shows spans, although there is no span.
///
/// The console of [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) has it built in. It costs nothing where
/// nothing is logged. Beside it, [`LogIds`](crate::LogIds) writes the ids of the trace and the span.
///
/// ```
/// use tasker_span_runtime::{LogIds, LogScopes, Telemetry};
/// use tracing_subscriber::fmt::{self, time::SystemTime};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder().console_only().build()?;
/// let format = fmt::format().with_timer(LogIds::new(SystemTime)).with_thread_names(true);
/// let subscriber = tracing_subscriber::registry()
///     .with(telemetry.layer())
///     .with(fmt::layer().event_format(LogScopes::full(format)));
/// # drop(subscriber);
/// # Ok(())
/// # }
/// ```
///
/// The scopes stand behind the spans around them, and before spans of other code inside of them. Where the layer's subscriber
/// is not the process's global default, these cannot be told apart, and the scopes come last. Attributes are those of the
/// catalogue: fields of the function's own are not read where a span is dropped.
#[derive(Clone, Debug)]
pub struct LogScopes<F> {
    style: Style,
    format: F,
    /// For layers that colour: the line is formatted elsewhere first, where `fmt` does not know of colours.
    coloured: Option<F>,
    is_on: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    Full,
    Compact,
    Json,
}

impl<T: Clone> LogScopes<Format<Full, T>> {
    /// For the format that a `fmt` layer has by default.
    ///
    /// ```
    /// use tasker_span_runtime::LogScopes;
    /// use tracing_subscriber::{Registry, fmt};
    ///
    /// let layer = fmt::layer::<Registry>().event_format(LogScopes::full(fmt::format()));
    /// # drop(layer);
    /// ```
    pub fn full(format: Format<Full, T>) -> Self {
        Self {
            style: Style::Full,
            coloured: Some(format.clone().with_ansi(true)),
            format,
            is_on: true,
        }
    }
}

impl<T: Clone> LogScopes<Format<Compact, T>> {
    /// For the compact format.
    ///
    /// ```
    /// use tasker_span_runtime::LogScopes;
    /// use tracing_subscriber::{Registry, fmt};
    ///
    /// let layer = fmt::layer::<Registry>().event_format(LogScopes::compact(fmt::format().compact()));
    /// # drop(layer);
    /// ```
    pub fn compact(format: Format<Compact, T>) -> Self {
        Self {
            style: Style::Compact,
            coloured: Some(format.clone().with_ansi(true)),
            format,
            is_on: true,
        }
    }
}

impl<F> LogScopes<F> {
    /// For a format that writes each line as a JSON object, with spans as `fmt`'s own has them: the innermost one under
    /// `span`, all of them under `spans`.
    ///
    /// Every line in a span, dropped or not, gets `trace_id` and `span_id` at its end too: there is no use for
    /// [`LogIds`](crate::LogIds) beside it.
    ///
    /// ```
    /// use tasker_span_runtime::LogScopes;
    /// use tracing_subscriber::{Registry, fmt};
    ///
    /// let layer = fmt::layer::<Registry>().json().event_format(LogScopes::json(fmt::format().json()));
    /// # drop(layer);
    /// ```
    pub const fn json(format: F) -> Self {
        Self {
            style: Style::Json,
            format,
            coloured: None,
            is_on: true,
        }
    }

    pub(super) const fn on(mut self, on: bool) -> Self {
        self.is_on = on;
        self
    }
}

impl<S, N, F> FormatEvent<S, N> for LogScopes<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        // An event that names its parent is no concern of what runs around it.
        let scopes = if self.is_on && event.is_contextual() {
            dropped::scopes()
        } else {
            Vec::new()
        };
        if self.style != Style::Json && scopes.is_empty() {
            return self.format.format_event(ctx, writer, event);
        }
        let (spans, outer) = if scopes.is_empty() {
            Default::default()
        } else {
            spans::shown(ctx)
        };
        if self.style == Style::Json {
            let mut line = String::new();
            self.format.format_event(ctx, Writer::new(&mut line), event)?;
            let scopes: Vec<_> = scopes.iter().map(|scope| spans::json(ctx, scope)).collect();
            let ids = Ids::current().filter(|_| event.is_contextual());
            return writer.write_str(&json::complete(&line, &scopes, outer, spans.len(), ids));
        }
        let coloured = self.coloured.as_ref().filter(|_| writer.has_ansi_escapes());
        let mut line = Line::new(&spans, outer, event.metadata().target());
        let format = coloured.unwrap_or(&self.format);
        format.format_event(ctx, Writer::new(&mut line), event)?;
        let (before, after) = line.split(event.metadata().level().as_str());
        writer.write_str(before)?;
        for scope in &scopes {
            self.write_name(&mut writer, ctx, scope)?;
        }
        if spans.is_empty() {
            writer.write_char(' ')?;
        }
        if self.style == Style::Full {
            return writer.write_str(after);
        }
        writer.write_str(after.strip_suffix('\n').unwrap_or(after))?;
        for fields in scopes.iter().filter_map(|scope| spans::fields(ctx, scope)) {
            writer.write_char(' ')?;
            paint(&mut writer, DIMMED, &fields)?;
        }
        writer.write_char('\n')
    }
}

const BOLD: u8 = 1;
const DIMMED: u8 = 2;

impl<F> LogScopes<F> {
    /// As the style has it for spans.
    fn write_name<S, N>(&self, writer: &mut Writer<'_>, ctx: &FmtContext<'_, S, N>, scope: &DroppedScope) -> fmt::Result
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
        N: for<'writer> FormatFields<'writer> + 'static,
    {
        paint(writer, BOLD, scope.name())?;
        if self.style == Style::Compact {
            return writer.write_char(':');
        }
        let written = scope.with_fields(|fields| {
            paint(writer, BOLD, "{")?;
            ctx.format_fields(writer.by_ref(), fields)?;
            paint(writer, BOLD, "}")
        });
        written.unwrap_or(Ok(()))?;
        paint(writer, DIMMED, ":")
    }
}

fn paint(writer: &mut Writer<'_>, style: u8, text: &str) -> fmt::Result {
    if writer.has_ansi_escapes() {
        write!(writer, "\x1b[{style}m{text}\x1b[0m")
    } else {
        writer.write_str(text)
    }
}
