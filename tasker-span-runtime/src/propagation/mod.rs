//! The trace context of a message: its sender writes it, and its receiver links to it. Queues are
//! not known here.

mod cached;
mod current;
pub(crate) mod link;
mod otel;
mod propagator;
#[cfg(feature = "serde")]
mod serde;
mod task_member;
pub(crate) mod trace_context;
mod traceparent;
pub(crate) mod tracestate;

pub use link::{AsLink, Links};
pub use propagator::Propagator;
pub(crate) use task_member::without_identity;
pub use trace_context::TraceContext;
