//! Between local spans and `tracing`: promotion, marks of other code's spans, events. Nothing is
//! decided or exported here.
//!
//! ```text
//! SpanSubscriber ─┬→ promote ──→ promoting ←── tracer (of the OpenTelemetry layer)
//! (span: start) ──┘                 ↑
//!                                 layer ──→ events
//! compose: layer, attach, filter, tracer around a `tracing-opentelemetry` layer
//! ```

mod attach;
mod compiled_out;
mod compose;
mod events;
mod filter;
mod kind;
mod layer;
mod log_record;
mod promote;
mod promoting;
mod span_subscriber;
mod tracer;
mod values;

pub(crate) use compiled_out::report_compiled_out;
pub use compose::layer as otel_layer;
#[cfg(feature = "testing")]
pub(crate) use compose::layers;
pub(crate) use compose::telemetry_layer;
pub(crate) use compose::{scope, tracer};
pub(crate) use filter::exporter_crate;
pub use filter::{ExporterFilter, SpanFilter};
#[cfg(feature = "testing")]
pub(crate) use layer::capture_layer;
pub(crate) use layer::{Relation, relation};
pub(crate) use log_record::target;
pub use span_subscriber::SpanSubscriber;
pub use tracer::{OtelSpan, Tracer};
pub(crate) use values::with_values;
