//! The root span of a task that no function was there to hold open.

use std::time::SystemTime;

use opentelemetry::trace::{Span, SpanKind, Status, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::finished::sampled_by_error;
use super::otel::{Demand, Kept, with_demand};
use crate::attributes::{AttributeValue, Attributes};
use crate::catalogue::Attribute;
use crate::identity;
use crate::outcome::caught;

/// The attributes of the root, required and optional.
const CARRIED: [Attribute; 6] = [
    Attribute::CorrelationId,
    Attribute::TaskUuid,
    Attribute::Namespace,
    Attribute::ParentCorrelationId,
    Attribute::TaskName,
    Attribute::Priority,
];

/// Emits the root of a task that has ended in its `to_state`, back-dated to the task's start, under the id that its other spans
/// already point to.
pub(crate) fn emit_root(tracer: &SdkTracer, attributes: &Attributes, started_at: SystemTime, kept: Option<Kept>) {
    let (Some(task_uuid), Some(state)) = (attributes.task_uuid, attributes.to_state.as_deref()) else {
        return;
    };
    let carried = CARRIED.iter().filter_map(|carried| attribute(attributes, *carried));
    let ended_at = SystemTime::now();
    let builder = tracer
        .span_builder("task.orchestration")
        .with_kind(SpanKind::Internal)
        .with_start_time(started_at.min(ended_at))
        .with_attributes(carried.chain([KeyValue::new("tasker.final_state", state.to_owned())]));
    let demand = Demand {
        trace_id: Some(identity::trace_id(task_uuid)),
        span_id: Some(identity::root_span_id(task_uuid)),
        derived_parent: true,
        kept,
        ..Demand::default()
    };
    caught(|| {
        let (mut span, _) = with_demand(demand, || builder.start_with_context(tracer, &Context::new()));
        if matches!(kept, Some(Kept::ByError)) {
            span.set_attribute(sampled_by_error());
        }
        if state == "error" {
            span.set_attribute(KeyValue::new("error.type", "task_error"));
            span.set_status(Status::error("the task ended in the state error"));
        }
        span.end_with_timestamp(ended_at);
    });
}

/// An attribute as a span of `tracing` would have exported it.
pub(super) fn attribute(attributes: &Attributes, attribute: Attribute) -> Option<KeyValue> {
    Some(match attributes.get(attribute)? {
        AttributeValue::Uuid(id) => KeyValue::new(attribute.name(), id.hyphenated().to_string()),
        AttributeValue::Text(text) => KeyValue::new(attribute.name(), text.to_owned()),
        AttributeValue::Integer(integer) => KeyValue::new(attribute.name(), integer),
    })
}
