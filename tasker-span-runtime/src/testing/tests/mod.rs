//! Tests of the kit on spans made by hand, including those that no recording would produce.

mod check;
mod fold;
mod forest;
mod lookup;
mod outline;
mod text;
mod width;

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use uuid::Uuid;

use super::snapshot::OpenSpan;
use super::{CapturedSpan, Spans};
use crate::UnknownNamespace;
use crate::identity;

const TASK: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
const STEP: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0002);
const CORRELATION: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0003);

/// A span under construction: of trace 1, without a parent, from 0 ms to 1 ms.
struct Made(SpanData);

fn context(trace_id: u128, span_id: u64) -> SpanContext {
    let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
    SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, TraceState::NONE)
}

fn made(name: &'static str, id: u64) -> Made {
    Made(SpanData {
        span_context: context(1, id),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH + Duration::from_millis(1),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    })
}

/// A span of the catalogue about `TASK`, as the runtime records it, a child of the root.
fn of_task(name: &'static str, id: u64) -> Made {
    made(name, id)
        .trace(identity::trace_id(TASK).to_u128())
        .child_of(root_id())
        .with("correlation_id", CORRELATION.to_string())
        .with("task_uuid", TASK.to_string())
        .with("namespace", "orders")
}

/// A span of the catalogue about `STEP`, as the runtime records it, a child of the root.
fn of_step(name: &'static str, id: u64) -> Made {
    of_task(name, id).with("step_uuid", STEP.to_string())
}

fn root() -> Made {
    of_task("task.orchestration", root_id()).child_of(0).at(0, 1_240)
}

fn transition(id: u64, from: &'static str, to: &'static str) -> Made {
    let transition = of_task("task.state_transition", id);
    transition.with("from_state", from).with("to_state", to)
}

/// The first attempt at `STEP`.
fn execution() -> Made {
    let execution = of_step("step.execution", execution_id()).kind(SpanKind::Consumer);
    execution
        .with("handler_name", "charge_payment")
        .with("attempt_number", 1)
        .with("max_attempts", 3)
}

fn root_id() -> u64 {
    identity::root_span_id(TASK).to_u64()
}

fn execution_id() -> u64 {
    identity::execution_span_id(STEP, 1).to_u64()
}

impl Made {
    fn trace(mut self, trace_id: u128) -> Self {
        self.0.span_context = context(trace_id, u64::from_be_bytes(self.0.span_context.span_id().to_bytes()));
        self
    }

    fn child_of(mut self, parent: u64) -> Self {
        self.0.parent_span_id = SpanId::from(parent);
        self
    }

    fn named(mut self, name: String) -> Self {
        self.0.name = name.into();
        self
    }

    /// From `start` to `end`, in milliseconds.
    fn at(mut self, start: u64, end: u64) -> Self {
        let moment = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        (self.0.start_time, self.0.end_time) = (moment(start), moment(end));
        self
    }

    fn kind(mut self, kind: SpanKind) -> Self {
        self.0.span_kind = kind;
        self
    }

    fn with(mut self, name: &'static str, value: impl Into<opentelemetry::Value>) -> Self {
        self.0.attributes.push(KeyValue::new(name, value));
        self
    }

    fn tracestate(mut self, text: &str) -> Self {
        let (context, state) = (&self.0.span_context, text.parse().unwrap());
        self.0.span_context =
            SpanContext::new(context.trace_id(), context.span_id(), TraceFlags::SAMPLED, false, state);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.attributes.retain(|pair| pair.key.as_str() != name);
        self
    }

    fn failed(self, error_type: &str, description: &str) -> Self {
        self.with("error.type", error_type.to_owned())
            .status(Status::error(description.to_owned()))
    }

    fn status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    fn event(mut self, name: &'static str) -> Self {
        let event = Event::new(name, self.0.start_time, Vec::new(), 0);
        self.0.events.events.push(event);
        self
    }

    fn link(mut self, trace_id: u128, span_id: u64) -> Self {
        let link = Link::new(context(trace_id, span_id), Vec::new(), 0);
        self.0.links.links.push(link);
        self
    }
}

fn captured(spans: impl IntoIterator<Item = Made>) -> Spans {
    capture(spans, [])
}

/// A capture with the spans, and others that have not ended: name, trace and id.
fn capture<const N: usize>(spans: impl IntoIterator<Item = Made>, open: [(&'static str, u128, u64); N]) -> Spans {
    let finished = spans
        .into_iter()
        .map(|made| CapturedSpan::new(made.0).expect("valid ids"));
    let open = open.map(|(name, trace_id, span_id)| OpenSpan {
        name: name.into(),
        trace_id: identity::TraceId::from_u128(trace_id).expect("a valid id"),
        span_id: identity::SpanId::from_u64(span_id).expect("a valid id"),
    });
    Spans::new(finished.collect(), open.into(), UnknownNamespace::default())
}
