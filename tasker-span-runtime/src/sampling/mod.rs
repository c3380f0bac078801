//! Sampling decisions: a pure function of identity and rates, so that all processes and attempts
//! decide alike. Which span inherits a decision is decided in `span::decide`.
//!
//! The arithmetic is OpenTelemetry's [consistent probability
//! sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/): a
//! span has 56 bits of randomness R, a rate is a threshold T, and the span is sampled if R ≥ T.
//! Task spans take R from the trace id. The spans of a step take R from the step's UUID.
//!
//! ```text
//! settings, namespaces → rates, slowness → current
//!                          ↓
//! randomness → threshold → decision → tracestate, reason
//! ```

mod current;
mod decision;
mod namespace_stats;
mod namespaces;
mod randomness;
mod rates;
mod reason;
mod settings;
mod slowness;
#[cfg(test)]
mod tests;
mod threshold;
mod tracestate;

#[cfg(feature = "testing")]
pub(crate) use current::{activate, activate_slowness};
pub(crate) use current::{apply, is_active, prepare, samples_slow, settings, store_fields, with_rates};
pub(crate) use decision::Decision;
pub use namespace_stats::NamespaceStats;
pub(crate) use namespaces::{Namespace, namespace_stats};
pub(crate) use rates::Rates;
pub(crate) use reason::SampleReason;
pub use settings::Sampling;
pub(crate) use settings::{MAX_NAME, MAX_NAMESPACES};
pub(crate) use slowness::SlowerThan;
#[cfg(feature = "testing")]
pub(crate) use tracestate::adjusted_count;
pub(crate) use tracestate::{without_threshold, write_ot};
