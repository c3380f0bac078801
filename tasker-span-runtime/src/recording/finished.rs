//! A span that is over when it is recorded: of a scope that was dropped, and that failed.

use std::time::SystemTime;

use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator, SdkTracer};

use super::otel::{Demand, Kept, derived_context, with_demand};
use super::{code, root};
use crate::attributes::Attributes;
use crate::catalogue;
use crate::identity::{self, SpanId, TraceId};
use crate::outcome::{Failure, caught};
use crate::site::Site;

/// All that the span will have.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    pub(crate) site: &'static Site,
    pub(crate) attributes: &'a Attributes,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// None for the root.
    pub(crate) parent: Option<SpanId>,
    pub(crate) started: SystemTime,
    pub(crate) ended: SystemTime,
    pub(crate) failure: Option<Failure>,
    pub(crate) is_cancelled: bool,
    /// What is wrong about it.
    pub(crate) violations: Vec<String>,
}

/// The mark of a span that would not be there but for an error.
pub(super) fn sampled_by_error() -> KeyValue {
    KeyValue::new("tasker.sampled_by", "error")
}

/// Emits a span that an error has kept. It says so, since its threshold would be a wrong one: it stands for itself alone.
pub(crate) fn emit_finished(tracer: &SdkTracer, finished: Finished<'_>) {
    let cancelled = finished.is_cancelled.then(|| KeyValue::new("tasker.cancelled", true));
    let violations = finished.violations.join("; ");
    let violations = (!violations.is_empty()).then(|| KeyValue::new("tasker.violation", violations));
    let known = finished.site.attributes().iter();
    let attributes = known.filter_map(|known| root::attribute(finished.attributes, *known));
    let attributes = attributes
        .chain(code::attributes(finished.site))
        .chain([sampled_by_error()])
        .chain(cancelled)
        .chain(violations);
    let builder = tracer
        .span_builder(finished.site.name())
        .with_kind(span_kind(finished.site.kind()))
        .with_start_time(finished.started.min(finished.ended))
        .with_attributes(attributes);
    let demand = Demand {
        trace_id: finished.parent.is_none().then_some(finished.trace_id),
        span_id: Some(finished.span_id),
        derived_parent: true,
        kept: Some(Kept::ByError),
        ..Demand::default()
    };
    let parent = finished
        .parent
        .map_or_else(Context::new, |parent| derived_context(finished.trace_id, parent));
    caught(|| {
        let (mut span, _) = with_demand(demand, || builder.start_with_context(tracer, &parent));
        if let Some(task_uuid) = finished.attributes.task_uuid {
            let trace_id = identity::trace_id(task_uuid);
            // The function created the task, and stays in its caller's trace.
            if trace_id != finished.trace_id {
                let root = derived_context(trace_id, identity::root_span_id(task_uuid));
                span.add_link(root.span().span_context().clone(), Vec::new());
            }
        }
        if let Some(failure) = finished.failure {
            let (error_type, description) = failure.into_parts();
            span.set_attribute(KeyValue::new("error.type", error_type));
            span.set_status(Status::error(description));
        }
        span.end_with_timestamp(finished.ended);
    });
}

pub(super) fn span_kind(kind: catalogue::SpanKind) -> SpanKind {
    match kind {
        catalogue::SpanKind::Internal => SpanKind::Internal,
        catalogue::SpanKind::Server => SpanKind::Server,
        catalogue::SpanKind::Client => SpanKind::Client,
        catalogue::SpanKind::Producer => SpanKind::Producer,
        catalogue::SpanKind::Consumer => SpanKind::Consumer,
    }
}

/// An id for a span that nobody else computes.
pub(crate) fn random_span_id() -> SpanId {
    SpanId::of_hash(u64::from_be_bytes(
        RandomIdGenerator::default().new_span_id().to_bytes(),
    ))
}
