//! The trace context of a message: its sender writes it, and its receiver links to it. Queues are
//! not known here.

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
