//! The trace context of a message: what a sender writes into it, and what a receiver links to.

mod current;
mod otel;
mod propagator;
#[cfg(feature = "serde")]
mod serde;
mod trace_context;
mod traceparent;
pub(crate) mod tracestate;

pub use propagator::Propagator;
pub use trace_context::TraceContext;
