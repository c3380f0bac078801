//! `SpanFilter`: keeps events in unsampled spans out of the trace. Spans of other code are the sampler's.

use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

use crate::{sampling, scope};

/// A filter for the `tracing-opentelemetry` layer of a program: it keeps events in an [unsampled](crate::Sampling) span out
/// of the trace.
///
/// Without it these events would appear on a sampled ancestor. [`Sampler`](crate::otel::Sampler) decides about spans of other
/// code. [`otel::layer`](crate::otel::layer) and [`Telemetry::layer`](crate::Telemetry::layer) contain this filter.
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
///     .with(SpanLayer::new(tracer))
///     .with(opentelemetry.with_filter(SpanFilter));
/// # drop(subscriber);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanFilter;

impl SpanFilter {
    /// Spans are asked about once; and so is everything where nothing is dropped.
    pub(crate) fn interest(metadata: &Metadata<'_>) -> Interest {
        if metadata.is_span() || !sampling::is_active() {
            Interest::always()
        } else {
            Interest::sometimes()
        }
    }

    pub(crate) fn passes(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() || !scope::is_dropped()
    }
}

/// Has every call site ask again, now that the answer may be another one each time.
pub(crate) fn ask_again() {
    tracing::callsite::rebuild_interest_cache();
}

impl<S: Subscriber> Filter<S> for SpanFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::passes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        Self::interest(metadata)
    }
}
