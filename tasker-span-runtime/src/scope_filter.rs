//! Keeps out of the trace what other code does inside a dropped scope.

use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

use crate::{sampling, scope};

/// A filter for a `tracing-opentelemetry` layer of a program's own: inside a scope that [sampling](crate::Sampling) has
/// dropped, the events and the spans of other code are dropped with it.
///
/// Without it the events would land on whichever kept span is around the dropped scope; spans are dropped by
/// [`Sampler`](crate::Sampler) as well, but later and at a higher price. [`Telemetry::layer`](crate::Telemetry::layer) has
/// it built in.
///
/// ```
/// use opentelemetry::trace::TracerProvider;
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tasker_span_runtime::{ScopeFilter, ScopeLayer};
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
///
/// let provider = SdkTracerProvider::builder().build();
/// let tracer = provider.tracer("tasker");
/// let opentelemetry = tracing_opentelemetry::layer().with_tracer(tracer.clone());
/// let subscriber = tracing_subscriber::registry()
///     .with(ScopeLayer::new(tracer))
///     .with(opentelemetry.with_filter(ScopeFilter));
/// # drop(subscriber);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeFilter;

impl ScopeFilter {
    /// Spans of the macros decide for themselves, and are asked about once; and so is everything where nothing is dropped.
    pub(crate) fn interest(metadata: &Metadata<'_>) -> Interest {
        if is_ours(metadata) || !sampling::is_active() {
            Interest::always()
        } else {
            Interest::sometimes()
        }
    }

    pub(crate) fn passes(metadata: &Metadata<'_>) -> bool {
        is_ours(metadata) || !scope::is_dropped()
    }
}

/// Has every call site ask again, now that the answer may be another one each time.
pub(crate) fn ask_again() {
    tracing::callsite::rebuild_interest_cache();
}

/// Whether it is a span of the macros.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let fields = metadata.fields();
    metadata.is_span() && fields.field("otel.kind").is_some() && fields.field("correlation_id").is_some()
}

impl<S: Subscriber> Filter<S> for ScopeFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::passes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        Self::interest(metadata)
    }
}
