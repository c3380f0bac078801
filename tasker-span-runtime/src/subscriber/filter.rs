//! `SpanFilter`: keeps events of local spans, and the exporter's own spans, out of an OpenTelemetry
//! layer. Levels are filtered in `setup::filter`.

use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter};

use crate::span::stack::{self, Entered, Told};

/// The crates that export spans: the export of their own spans would never end.
const EXPORTER_CRATES: [&str; 13] = [
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "opentelemetry",
    "opentelemetry_http",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tokio_rustls",
    "tonic",
    "tower",
];

/// Compares whole crate names: for `Targets`, `tower` is a prefix of the user's `tower_http`.
pub(crate) fn exporter_crate(target: &str) -> Option<&'static str> {
    let name = target.split("::").next()?;
    EXPORTER_CRATES.into_iter().find(|other| *other == name)
}

/// A filter for the `tracing-opentelemetry` layer of a program. It keeps events in spans of this
/// crate from that layer, which would add them to an enclosing span.
/// [`SpanLayer`](crate::otel::SpanLayer) adds them to their own span. A layer with
/// [`Tracer`](crate::otel::Tracer) always needs it: without it, events are recorded a second time.
///
/// It also keeps the spans of the crates that export out of the trace.
/// [`otel::layer`](crate::otel::layer) and [`Telemetry::layer`](crate::Telemetry::layer) contain
/// this filter.
///
/// ```
/// use opentelemetry::trace::TracerProvider;
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tasker_span_runtime::otel::{SpanFilter, SpanLayer};
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
///
/// let provider = SdkTracerProvider::builder().build();
/// let tracer = provider.tracer("tasker");
/// let opentelemetry = tracing_opentelemetry::layer().with_tracer(tracer.clone());
/// let subscriber = tracing_subscriber::registry()
///     .with(opentelemetry.with_filter(SpanFilter))
///     .with(SpanLayer::new(tracer));
/// # drop(subscriber);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanFilter;

impl SpanFilter {
    /// Events are `sometimes`: in debug builds `tracing-subscriber` panics if a filter refuses an
    /// event without having been asked about its call site.
    pub(crate) fn interest(metadata: &Metadata<'_>) -> Interest {
        if exporter_crate(metadata.target()).is_some() {
            Interest::never()
        } else if metadata.is_span() {
            Interest::always()
        } else {
            Interest::sometimes()
        }
    }

    /// Whether the event is not added to a local span instead.
    pub(crate) fn passes(event: &Event<'_>) -> bool {
        !event.is_contextual() || !is_in_local_span()
    }
}

/// Whether events belong to a local span. A span of the program's own tracer gets its events from
/// the OpenTelemetry layer.
fn is_in_local_span() -> bool {
    let is_local = stack::innermost_of_events(|entry| match &entry.span {
        Entered::Local { told: Told::No, .. } => true,
        Entered::Local {
            told: Told::ByUs(promoted),
            ..
        } => promoted.sdk.is_none(),
        Entered::Local {
            told: Told::ByOtherCode,
            span,
        } => span.promoted().is_none_or(|promoted| promoted.sdk.is_none()),
        Entered::Foreign { .. } => false,
    });
    is_local.unwrap_or(false)
}

impl<S: Subscriber> Filter<S> for SpanFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        exporter_crate(metadata.target()).is_none()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        Self::interest(metadata)
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        Self::passes(event)
    }
}

/// A filter for layers that export, such as the appender of OpenTelemetry logs: it leaves out spans and events of the crates
/// that export (`opentelemetry`, `hyper`, `h2`, `tonic`, …). Without it, each export of logs causes logs that are exported, and so
/// on without end.
///
/// ```
/// use tasker_span_runtime::otel::ExporterFilter;
/// use tracing_subscriber::filter::{FilterExt, LevelFilter};
/// use tracing_subscriber::{Layer, fmt, layer::SubscriberExt};
///
/// // In place of `fmt`: `OpenTelemetryTracingBridge::new(&provider)` of `opentelemetry-appender-tracing`.
/// let appender = fmt::layer().with_writer(std::io::sink);
/// let filter = ExporterFilter.and(LevelFilter::INFO);
/// let subscriber = tracing_subscriber::registry().with(appender.with_filter(filter));
/// # drop(subscriber);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ExporterFilter;

impl<S: Subscriber> Filter<S> for ExporterFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        exporter_crate(metadata.target()).is_none()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if exporter_crate(metadata.target()).is_some() {
            Interest::never()
        } else {
            Interest::always()
        }
    }

    /// Combined with a filter of levels, that one's is kept.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_whole_crate_names_only() {
        for target in ["h2::codec", "hyper", "opentelemetry_sdk", "tower::buffer"] {
            assert!(exporter_crate(target).is_some(), "{target}");
        }
        for target in ["tower_http", "reqwest_middleware", "my_crate::h2", "h2o"] {
            assert_eq!(exporter_crate(target), None);
        }
    }
}
