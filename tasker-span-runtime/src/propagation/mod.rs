//! The trace context of a message: what a sender writes into it, and what a receiver links to.

mod trace_context;
mod current;
mod otel;
mod propagator;
#[cfg(feature = "serde")]
mod serde;
mod traceparent;
pub(crate) mod tracestate;

pub use trace_context::TraceContext;
pub use propagator::Propagator;
