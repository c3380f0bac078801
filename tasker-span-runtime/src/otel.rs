//! OpenTelemetry's side of this crate: the parts for a program with its own tracer provider, metrics, propagation. Programs
//! that use [`Telemetry`](crate::Telemetry) need none of it.
//!
//! The types of this module follow the versions of `opentelemetry` and `opentelemetry_sdk` (0.33) and of
//! `tracing-opentelemetry` (0.34): a new version of theirs is a breaking change of this module. So it is for the few other
//! methods that take or return OpenTelemetry's types: `span_processor`, `span_exporter` and `resource` of
//! [`TelemetryBuilder`], `tracer` and `provider` of [`Telemetry`], `inject`, `inject_over`, `extract` and `context` of
//! [`TraceContext`], and of the test kit `CaptureBuilder::span_processor`, `Spans::from_exported` and `SpanStore` as a span
//! processor.
//!
//! A program with its own provider builds it with [`provider`] and adds [`layer`] to its subscriber:
//!
//! ```
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use tasker_span_runtime::{LogFormat, otel};
//! use tracing_subscriber::fmt;
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! let provider = otel::provider(SdkTracerProvider::builder());
//! let subscriber = tracing_subscriber::registry()
//!     .with(otel::layer(&provider))
//!     .with(fmt::layer().event_format(LogFormat::full()));
//! # drop(subscriber);
//! ```
//!
//! [`TelemetryBuilder`]: crate::TelemetryBuilder
//! [`Telemetry`]: crate::Telemetry
//! [`TraceContext`]: crate::TraceContext

use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider, TracerProviderBuilder};

pub use crate::propagation::Propagator;
pub use crate::record::{CountingExporter, CountingProcessor, IdGenerator, Sampler};
pub use crate::redact::exporter::RedactingExporter;
#[cfg(feature = "logs")]
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub use crate::setup::LogIds;
pub use crate::setup::{set_error_description, set_sampling};
pub use crate::span::SpanLayer;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use crate::stats::metrics::register_metrics;
pub use crate::subscriber::{ExporterFilter, OtelSpan, SpanFilter, Tracer, otel_layer as layer};

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
