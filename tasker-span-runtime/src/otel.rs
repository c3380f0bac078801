//! OpenTelemetry's side of this crate: the parts for a program with its own tracer provider, metrics, propagation. Programs
//! that use [`Telemetry`](crate::Telemetry) need none of it.
//!
//! The types of this module follow the versions of `opentelemetry` and `opentelemetry_sdk` (0.33) and of
//! `tracing-opentelemetry` (0.34): a new version of theirs is a breaking change of this module. So it is for the few other
//! methods that take or return OpenTelemetry's types: [`TelemetryBuilder::span_processor`], [`Telemetry::tracer`],
//! [`Telemetry::provider`], and `inject`, `inject_over`, `extract` and `context` of [`TraceContext`].
//!
//! A program with its own provider builds it with [`provider`] and adds [`layer`] to its subscriber:
//!
//! ```
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use tasker_span_runtime::otel;
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! let provider = otel::provider(SdkTracerProvider::builder());
//! let subscriber = tracing_subscriber::registry()
//!     .with(otel::layer(&provider))
//!     .with(tracing_subscriber::fmt::layer());
//! # drop(subscriber);
//! ```
//!
//! [`TelemetryBuilder::span_processor`]: crate::TelemetryBuilder::span_processor
//! [`Telemetry::tracer`]: crate::Telemetry::tracer
//! [`Telemetry::provider`]: crate::Telemetry::provider
//! [`TraceContext`]: crate::TraceContext

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracer, SdkTracerProvider, TracerProviderBuilder};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use crate::layer::SpanLayer;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use crate::metrics::register_metrics;
pub use crate::propagation::Propagator;
pub use crate::recording::{IdGenerator, Sampler};
pub use crate::span_filter::SpanFilter;

/// Builds a provider whose spans get derived ids and our sampling decisions. Spans that belong to no task are sampled if
/// their parent is, or if they have no parent.
///
/// It replaces the builder's id generator and sampler. To wrap others, set [`IdGenerator`] and [`Sampler`] yourself.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = tasker_span_runtime::otel::provider(SdkTracerProvider::builder());
/// # drop(provider);
/// ```
pub fn provider(builder: TracerProviderBuilder) -> SdkTracerProvider {
    builder
        .with_id_generator(IdGenerator::default())
        .with_sampler(Sampler::new(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn))))
        .build()
}

/// The layer for a subscriber of a program with its own provider: [`SpanLayer`], a `tracing-opentelemetry` layer, and
/// [`SpanFilter`] on it.
///
/// A program that has a `tracing-opentelemetry` layer adds the other two to it instead.
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
    SpanLayer::new(tracer.clone()).and_then(spans(tracer).with_filter(SpanFilter))
}

/// The tracer of this crate's spans.
pub(crate) fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    let scope = InstrumentationScope::builder("tasker-span")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build();
    provider.tracer_with_scope(scope)
}

/// The `tracing-opentelemetry` layer, leanest. Threads, inactivity and location would double the cost of a span, and our
/// spans carry their own location. Context activation stays on, so that code on OpenTelemetry's own API nests.
pub(crate) fn spans<S>(tracer: SdkTracer) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_location(false)
}
