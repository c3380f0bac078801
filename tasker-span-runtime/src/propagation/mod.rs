//! The trace context of a message: what a sender writes into it, and what a receiver links to.

mod carrier;
mod current;
mod otel;
mod propagator;
#[cfg(feature = "serde")]
mod serde;
mod traceparent;
pub(crate) mod tracestate;

pub use carrier::Carrier;
pub use propagator::Propagator;
