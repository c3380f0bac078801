//! Logs on standard error, each line with the ids of the span that it was written in.

use std::fmt;
use std::io::IsTerminal;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::registry::LookupSpan;

use crate::setup::filter::{ConsoleFilter, Levels};

/// What [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) prints to standard error.
///
/// For other formats, such as JSON, compose a subscriber of your own from
/// [`TelemetryBuilder::build`](crate::TelemetryBuilder::build) and `tracing_subscriber::fmt`.
///
/// ```
/// use tasker_span_runtime::Console;
///
/// assert_eq!(Console::from(true), Console::Full);
/// assert_eq!(Console::from(false), Console::Off);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Console {
    /// Nothing.
    Off,
    /// Every enclosing span with its fields, before the event.
    #[default]
    Full,
    /// The spans' names before the event, their fields behind it.
    Compact,
}

/// `true` is [`Console::Full`].
impl From<bool> for Console {
    fn from(on: bool) -> Self {
        if on { Self::Full } else { Self::Off }
    }
}

pub(super) fn layer<S>(console: Console, levels: Levels) -> Option<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_timer(TimeAndIds);
    // `fmt` honours NO_COLOR by itself, but writes colours into files.
    let layer = if std::io::stderr().is_terminal() {
        layer
    } else {
        layer.with_ansi(false)
    };
    let filter = ConsoleFilter(levels);
    match console {
        Console::Off => None,
        Console::Full => Some(layer.with_filter(filter).boxed()),
        Console::Compact => Some(layer.compact().with_filter(filter).boxed()),
    }
}

/// The ids stand behind the time, because that is where `fmt` lets others write.
struct TimeAndIds;

impl FormatTime for TimeAndIds {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        SystemTime.format_time(w)?;
        let ids = Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            span.is_valid().then(|| (span.trace_id(), span.span_id()))
        });
        match ids {
            Some((trace_id, span_id)) => write!(w, " trace_id={trace_id} span_id={span_id}"),
            None => Ok(()),
        }
    }
}
