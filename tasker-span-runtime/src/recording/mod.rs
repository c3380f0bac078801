//! The one seam to whatever records spans: start with identity, parent and attributes; record; end with an outcome.
//!
//! Today's implementation opens an ordinary `tracing` span, which `tracing-opentelemetry` exports. No other module of the
//! runtime but `layer`, `setup` and what writes headers knows OpenTelemetry.

mod code;
mod contained;
mod finished;
mod links;
mod lost;
mod otel;
mod processor;
mod root;
mod reconcile;
mod span;

pub(crate) use contained::{ContainedSpan, EnteredContained, OwnedContained};
pub(crate) use finished::{Finished, emit_finished, random_span_id};
pub(crate) use lost::emit_lost_attempt;
pub(crate) use opentelemetry::Value;
pub(crate) use otel::Kept;
pub use otel::{IdGenerator, Sampler};
pub(crate) use processor::PanicSafeProcessor;
pub(crate) use root::emit_root;
pub(crate) use reconcile::reconcile;
pub(crate) use span::{Handle, Recording, StartOf, current_context, record, standing_in};

use crate::identity::{SpanId, TraceId};

/// The identity and the parent that a span must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parentage {
    /// Whatever the subscriber takes for the current span.
    Current,
    /// The current `tracing` span, although another context has been attached inside or around it.
    CurrentSpan,
    /// A span of another process, which a propagator has made the current context.
    Remote,
    /// A span that is computed, not seen: in another process, or not emitted yet. Without a parent: the root.
    Derived { trace_id: TraceId, parent: Option<SpanId> },
}
