//! What is kept: a pure function of identity and rates, so that every process and every attempt comes to the same answer
//! with no coordination.
//!
//! The arithmetic is OpenTelemetry's [consistent probability
//! sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/): a span has 56 bits of
//! randomness R, a rate is a threshold T, and the span is kept if and only if R ≥ T. Task spans take R from the trace id,
//! and the spans of a step from the step's UUID.
//!
//! ```text
//! settings → rates → current → decision → tracestate
//!              ↑                  ↑
//!         namespaces    threshold, randomness
//! ```

mod current;
mod decision;
mod namespaces;
mod randomness;
mod rates;
mod settings;
#[cfg(test)]
mod tests;
mod threshold;
mod tracestate;

#[cfg(feature = "testing")]
pub(crate) use current::activate;
pub(crate) use current::{is_active, set_rates, settings, with_rates};
pub(crate) use decision::Decision;
pub(crate) use namespaces::{Namespace, counted};
pub(crate) use rates::Rates;
pub use settings::Sampling;
pub(crate) use settings::{MAX_NAME, MAX_NAMESPACES};
pub(crate) use tracestate::{forget_ot, write_ot};
