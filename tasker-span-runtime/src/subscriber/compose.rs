//! The layers of this crate around a `tracing-opentelemetry` layer. Setup chooses the filters.

use std::sync::atomic::Ordering;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

use super::attach::{Attach, Detach};
use super::filter::{ExporterFilter, SpanFilter};
use super::tracer::Tracer;
use crate::span::SpanLayer;

/// The layer for a subscriber of a program with its own provider: [`SpanLayer`], a
/// `tracing-opentelemetry` layer with our [`Tracer`], and [`SpanFilter`] on it.
///
/// A program that has a `tracing-opentelemetry` layer adds the others to it instead.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tasker_span_runtime::otel;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let provider = otel::provider(SdkTracerProvider::builder());
/// let subscriber = tracing_subscriber::registry().with(otel::layer(&provider));
/// # drop(subscriber);
/// ```
pub fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let tracer = tracer(provider);
    telemetry_layer(SpanLayer::new(tracer.clone()), tracer, ExporterFilter, SpanFilter)
}

/// The layers of a program. `spans` filters what is put on the span stack or added to local spans,
/// `trace` what the OpenTelemetry layer gets, which is less by [`SpanFilter`].
pub(crate) fn telemetry_layer<S, A, B>(
    layer: SpanLayer,
    tracer: SdkTracer,
    spans: A,
    trace: B,
) -> impl Layer<S> + Send + Sync + use<S, A, B>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    A: Filter<S> + Send + Sync + 'static,
    B: Filter<S> + Send + Sync + 'static,
{
    compose(layer, opentelemetry(tracer), spans, trace)
}

/// The layers of a test's capture: spans of other code do not show their target.
#[cfg(feature = "testing")]
pub(crate) fn layers<S>(layer: SpanLayer, tracer: &SdkTracer) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    compose(
        layer,
        opentelemetry(tracer.clone()).with_target(false),
        ExporterFilter,
        SpanFilter,
    )
}

type OpenTelemetryLayer<S> = tracing_opentelemetry::OpenTelemetryLayer<S, Tracer>;

/// The leanest one. Threads, inactivity and location would double the cost of a span, and our spans
/// carry their own location. Context activation stays on, so that code on OpenTelemetry's own API
/// nests.
fn opentelemetry<S>(tracer: SdkTracer) -> OpenTelemetryLayer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(Tracer::new(tracer))
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_location(false)
}

fn compose<S, A, B>(
    layer: SpanLayer,
    opentelemetry: OpenTelemetryLayer<S>,
    spans: A,
    trace: B,
) -> impl Layer<S> + Send + Sync + use<S, A, B>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    A: Filter<S> + Send + Sync + 'static,
    B: Filter<S> + Send + Sync + 'static,
{
    layer.0.note_own_tracer();
    layer.0.attaches_context.store(true, Ordering::Relaxed);
    let opentelemetry = Attach.and_then(opentelemetry).and_then(Detach);
    // Ours is the last, so that a mark on the span stack knows the context that the OpenTelemetry
    // layer attaches.
    opentelemetry.with_filter(trace).and_then(layer.with_filter(spans))
}

/// The tracer of this crate's spans.
pub(crate) fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    provider.tracer_with_scope(scope())
}

/// The instrumentation scope of this crate's spans.
pub(crate) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("tasker-span")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build()
}
