//! Logs on standard error, each line with the ids of the span that it was written in, or of the dropped scope.

mod dropped;
mod ids;
mod json;
mod line;
mod scopes;
mod spans;

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::registry::LookupSpan;

pub use self::ids::LogIds;
pub use self::scopes::LogScopes;
use crate::setup::filter::{ConsoleFilter, Levels};

/// What [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) prints to standard error.
///
/// For other formats, such as JSON, compose a subscriber of your own from
/// [`TelemetryBuilder::build`](crate::TelemetryBuilder::build), `tracing_subscriber::fmt`, [`LogIds`] and [`LogScopes`].
///
/// ```
/// use tasker_span_runtime::Console;
///
/// assert_eq!(Console::default(), Console::Full);
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

pub(super) fn layer<S>(console: Console, levels: Levels, log_dropped: bool) -> Option<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // `fmt` honours NO_COLOR by itself, but writes colours into files.
    let layer = if std::io::stderr().is_terminal() {
        layer
    } else {
        layer.with_ansi(false)
    };
    // The ids stand behind the time, because that is where `fmt` lets others write.
    let format = tracing_subscriber::fmt::format().with_timer(LogIds::new(SystemTime).dropped(log_dropped));
    let filter = ConsoleFilter(levels);
    match console {
        Console::Off => None,
        Console::Full => {
            let format = LogScopes::full(format).on(log_dropped);
            Some(layer.event_format(format).with_filter(filter).boxed())
        }
        Console::Compact => {
            let format = LogScopes::compact(format.compact()).on(log_dropped);
            Some(layer.event_format(format).with_filter(filter).boxed())
        }
    }
}
