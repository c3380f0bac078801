//! `CapturedLink`: a link of a captured span.

use opentelemetry::trace::SpanContext;

use super::Value;
use super::value::values;
use crate::identity::{SpanId, TraceId};

/// A link of a captured span to another span, in any trace.
///
/// ```
/// use tasker_span_runtime::testing::Capture;
/// use tasker_span_runtime::{Uuid, task_span};
///
/// #[task_span("task.state_transition", task_uuid = id, correlation_id = id, namespace = "orders", from = "pending", to = "initializing")]
/// fn initialize(id: Uuid) {}
///
/// let capture = Capture::start();
/// tracing::info_span!("request").in_scope(|| initialize(Uuid::from_u128(7)));
///
/// // A task has a trace of its own, linked to the span that requested it.
/// let request = capture.spans().named("request").one();
/// let transition = capture.spans().named("task.state_transition").one();
/// assert_eq!(transition.links()[0].trace_id(), request.trace_id());
/// assert!(transition.is_linked_to(&request));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedLink {
    trace_id: TraceId,
    span_id: SpanId,
    attributes: Vec<(String, Value)>,
}

impl CapturedLink {
    pub(super) fn new(link: &opentelemetry::trace::Link) -> Option<Self> {
        let context = &link.span_context;
        Some(Self {
            trace_id: trace_id(context)?,
            span_id: span_id(context)?,
            attributes: values(&link.attributes),
        })
    }

    /// The trace id of the linked span.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span id of the linked span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The attributes of the link.
    pub fn attributes(&self) -> &[(String, Value)] {
        &self.attributes
    }
}

pub(super) fn trace_id(context: &SpanContext) -> Option<TraceId> {
    TraceId::from_u128(u128::from_be_bytes(context.trace_id().to_bytes()))
}

pub(super) fn span_id(context: &SpanContext) -> Option<SpanId> {
    SpanId::from_u64(u64::from_be_bytes(context.span_id().to_bytes()))
}
