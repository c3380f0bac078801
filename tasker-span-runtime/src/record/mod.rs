//! From a finished span to its exporter. `span` makes the records; this folder knows OpenTelemetry
//! and not `tracing`'s spans.
//!
//! ```text
//! span ends → SpanRecord → Recorder → queue → thread → SpanData → Sink (setup: pipeline)
//!                                   ↘ at once (captures) ↗
//!                                   ↘ through the program's own tracer
//! ```

mod delivery;
mod demand;
pub(crate) mod field;
mod limits;
mod marks;
mod messages;
pub(crate) mod pool;
mod processor;
mod queue;
mod reconcile;
mod recorder;
mod span_data;
mod span_record;
#[cfg(test)]
mod tests;
mod through;
mod unsampled;

pub(crate) use delivery::Sink;
pub(crate) use demand::{Demand, with_demand};
pub use demand::{IdGenerator, Sampler};
pub(crate) use limits::{Limits, Room, Text};
pub(crate) use messages::Messages;
pub(crate) use processor::PanicSafeProcessor;
pub(crate) use queue::is_delivering;
pub(crate) use reconcile::reconcile;
pub(crate) use recorder::{Recorder, WeakRecorder, is_emitting};
pub(crate) use span_data::tracestate;
pub(crate) use span_record::{End, Extra, Source, SpanRecord, Time};
pub(crate) use unsampled::find_by as find_unsampled_by;
