//! From a finished span to its exporter. `span` makes the records; this folder knows OpenTelemetry
//! and not `tracing`'s spans.
//!
//! ```text
//! span ends → SpanRecord → Recorder → Queue → export thread
//!                                   ↘ at once, as SpanData (captures)
//!                                   ↘ through the program's own tracer
//! ```

mod attributes;
mod counting;
#[cfg(feature = "testing")]
mod delivery;
mod demand;
pub(crate) mod field;
mod field_value;
mod held;
mod limits;
mod marks;
mod messages;
mod names;
mod other_ids;
pub(crate) mod pool;
mod processor;
mod queue;
mod reconcile;
mod recorder;
mod request;
mod running;
mod segments;
mod span_data;
mod span_names;
mod span_record;
mod stored;
#[cfg(test)]
mod tests;
mod through;
mod unsampled;
mod value;
mod waiting;

#[cfg(feature = "_otlp")]
pub(crate) use attributes::{attributes, fixed as fixed_attributes};
pub use counting::{CountingExporter, CountingProcessor};
#[cfg(feature = "testing")]
pub(crate) use delivery::Sink;
pub(crate) use demand::{Demand, with_demand};
pub use demand::{IdGenerator, Sampler};
pub(crate) use field_value::FieldValue;
pub(crate) use held::{Held, UuidText};
pub(crate) use limits::{Limits, Room, Text};
pub(crate) use marks::{PANIC, TASK_ERROR, WORKER_LOST, link_within};
#[cfg(feature = "_otlp")]
pub(crate) use marks::{code, failure, kind, links};
pub(crate) use messages::Messages;
#[cfg(feature = "_otlp")]
pub(crate) use names::name;
pub(crate) use other_ids::note_other_ids;
pub(crate) use pool::give as recycle;
pub(crate) use processor::PanicSafeProcessor;
pub(crate) use queue::{Finished, Queue, Rounds, deliver_on_this_thread, is_delivering};
pub(crate) use reconcile::reconcile;
pub(crate) use recorder::{Recorder, is_emitting};
pub(crate) use request::{Failure as RequestFailure, Ticket};
pub(crate) use running::{Looks, Running};
pub(crate) use span_data::{Shared, tracestate};
#[cfg(feature = "_otlp")]
pub(crate) use span_data::{times, tracestate_of};
pub use span_names::SpanNames;
pub(crate) use span_record::{End, Extra, LostWorker, Source, SpanRecord, Time};
pub(crate) use stored::StoredFields;
pub(crate) use unsampled::find_by as find_unsampled_by;
#[cfg(feature = "_otlp")]
pub(crate) use value::Value;
pub(crate) use waiting::Expectation;
