//! `durations`: how long steps, handlers and tasks took, of all spans, sampled or not, as OpenTelemetry histograms. What is
//! measured of which span is in `span::measure`.
//!
//! ```text
//! span ends → Measurement → ring of its thread → Histogram::record
//!                                              ↑ when a reader collects, and on a thread of its own before a ring is full
//! ```

#[cfg(feature = "metrics")]
mod drain;
#[cfg(feature = "metrics")]
mod instruments;
mod measurement;
#[cfg(feature = "metrics")]
mod ring;
#[cfg(feature = "metrics")]
mod rings;
#[cfg(feature = "metrics")]
mod series;

#[cfg(feature = "metrics")]
pub(crate) use drain::{drain, is_on, record, register};
pub(crate) use measurement::{Label, Measured, Measurement, OutcomeLabel};
#[cfg(not(feature = "metrics"))]
pub(crate) use off::{is_on, record};

/// Without the feature nothing is left of the measurements.
#[cfg(not(feature = "metrics"))]
mod off {
    use super::Measurement;

    #[inline]
    pub(crate) const fn is_on() -> bool {
        false
    }

    #[inline]
    pub(crate) fn record(_measurement: Measurement) {}
}
