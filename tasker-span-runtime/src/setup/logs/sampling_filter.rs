//! `SamplingFilter`: logs that follow the sampling of spans.

use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter};

use super::ids::is_sampled;
use crate::subscriber::{exporter_crate, target};

/// A filter for layers that write or export logs: inside a span that is [not sampled](crate::Sampling), only warnings and errors
/// pass. Outside of all spans, and inside sampled ones, all events pass.
///
/// An unsampled span that fails is exported. The warnings and errors of its logs are there then, and the lines below them are
/// gone.
///
/// [`TelemetryBuilder::log_filter_by_sampling`](crate::TelemetryBuilder::log_filter_by_sampling) sets it for the console. It
/// combines with other filters:
///
/// ```
/// use tasker_span_runtime::{LogFormat, SamplingFilter, Telemetry};
/// use tracing_subscriber::filter::{FilterExt, LevelFilter};
/// use tracing_subscriber::{Layer, fmt, layer::SubscriberExt};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder().console_only().build()?;
/// let lines = fmt::layer().event_format(LogFormat::full());
/// let subscriber = tracing_subscriber::registry()
///     .with(telemetry.layer())
///     .with(lines.with_filter(LevelFilter::INFO.and(SamplingFilter)));
/// # drop(subscriber);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SamplingFilter;

impl<S: Subscriber> Filter<S> for SamplingFilter {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    /// Whether an event passes is not a matter of its call site.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() || is_warning(metadata) {
            Interest::always()
        } else {
            Interest::sometimes()
        }
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        // An event that names its parent does not belong to the running code.
        is_warning(event.metadata())
            || !event.is_contextual()
            // It logs while it changes its stack of contexts, which then cannot be read.
            || exporter_crate(target(event)) == Some("opentelemetry")
            || is_sampled().unwrap_or(true)
    }

    /// Combined with a filter of levels, that one's is kept. Without a hint, no call site would be disabled by its level.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

fn is_warning(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::WARN
}
