//! `Console`: log lines on standard error. Their format is [`LogFormat`].

mod format;
#[cfg(feature = "json")]
mod json;
mod line;
mod render;
mod spans;
mod text;

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterExt;
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

pub use self::format::LogFormat;
use crate::setup::filter::{ConsoleLevels, Levels};
use crate::setup::logs::SamplingFilter;

/// What [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) prints to standard error.
///
/// For other formats, such as JSON, compose a subscriber of your own from
/// [`TelemetryBuilder::build`](crate::TelemetryBuilder::build), `tracing_subscriber::fmt` and
/// [`LogFormat`].
///
/// Texts of the catalogue's attributes have no quotes, as with `%`, unless they contain characters that would break the line.
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
    /// The spans' names before the event, and their fields after it.
    Compact,
}

/// Settings of the console.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) console: Console,
    /// Lines do not show unsampled spans.
    pub(super) sampled_only: bool,
    /// Whether something is a line follows the sampling of its span.
    pub(super) by_sampling: bool,
}

pub(super) fn layer<S>(settings: Settings, levels: Levels) -> Option<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let mut layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // `fmt` honours NO_COLOR by itself, but writes colours into files.
    if !std::io::stderr().is_terminal() {
        layer.set_ansi(false);
    }
    let levels = ConsoleLevels(levels);
    let filter: Box<dyn Filter<S> + Send + Sync> = if settings.by_sampling {
        Box::new(levels.clone().into_filter().and(SamplingFilter))
    } else {
        Box::new(levels.clone().into_filter())
    };
    let sampled_only = settings.sampled_only;
    match settings.console {
        Console::Off => None,
        Console::Full => {
            let format = LogFormat::full().of_console(levels, sampled_only);
            Some(layer.event_format(format).with_filter(filter).boxed())
        }
        Console::Compact => {
            let format = LogFormat::compact().of_console(levels, sampled_only);
            Some(layer.event_format(format).with_filter(filter).boxed())
        }
    }
}
