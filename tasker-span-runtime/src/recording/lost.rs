//! The span of an attempt at a step whose worker died before it could end it.

use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, SpanKind, Status, Tracer};
use opentelemetry_sdk::trace::SdkTracer;
use uuid::Uuid;

use super::finished::sampled_by_error;
use super::otel::{Demand, Kept, derived_context, with_demand};
use super::root::attribute;
use crate::attributes::Attributes;
use crate::catalogue::Attribute;
use crate::identity::{self, SpanId};
use crate::outcome::caught;

/// The attributes of the execution that the worker's own span would have had.
const CARRIED: [Attribute; 6] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::StepUuid,
    Attribute::HandlerName,
    Attribute::Namespace,
    Attribute::AttemptNumber,
];

/// Emits the `step.execution` of a lost attempt, back-dated to the attempt's start, under the id that the spans which its
/// worker could still export already point to.
pub(crate) fn emit_lost_attempt(
    tracer: &SdkTracer,
    task_uuid: Uuid,
    span_id: SpanId,
    attributes: &Attributes,
    started_at: SystemTime,
    kept: Option<Kept>,
) {
    let ended_at = SystemTime::now();
    let error = KeyValue::new("error.type", "worker_lost");
    let carried = CARRIED.iter().filter_map(|carried| attribute(attributes, *carried));
    let sampled_by = matches!(kept, Some(Kept::ByError)).then(sampled_by_error);
    let builder = tracer
        .span_builder("step.execution")
        .with_kind(SpanKind::Consumer)
        .with_start_time(started_at.min(ended_at))
        .with_attributes(carried.chain([error]).chain(sampled_by));
    let parent = derived_context(identity::trace_id(task_uuid), identity::root_span_id(task_uuid));
    let demand = Demand {
        span_id: Some(span_id),
        derived_parent: true,
        kept,
        ..Demand::default()
    };
    caught(|| {
        let (mut span, _) = with_demand(demand, || builder.start_with_context(tracer, &parent));
        span.set_status(Status::error("the worker was lost before the attempt ended"));
        span.end_with_timestamp(ended_at);
    });
}
