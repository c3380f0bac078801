//! OpenTelemetry's own API, as its documentation has it: a span builder, and the span active while the work goes on.

use std::hint::black_box;
use std::sync::OnceLock;

use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use tasker_span_runtime::Uuid;

use super::{Instrumentation, keep_pending, reply, reply_after};
use crate::calls::{Call, Reply};

/// The API of the crate `opentelemetry`.
#[derive(Debug)]
pub struct OpenTelemetry;

/// The tracer of the process, as a program keeps it that asks no global for it each time.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

impl OpenTelemetry {
    /// Has the process's spans made by this tracer; the first one stays.
    pub fn install(tracer: SdkTracer) {
        // Only the first counts, as with a global subscriber.
        let _ = TRACER.set(tracer);
    }
}

impl Instrumentation for OpenTelemetry {
    fn step(call: &Call) -> Reply {
        Self::around(call, || reply(call))
    }

    fn around<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        let _active = context("step.execution", SpanKind::Consumer, attributes(call)).attach();
        work()
    }

    fn handler(call: &Call) -> Reply {
        let _active = context("handler.execution", SpanKind::Internal, attributes(call)).attach();
        reply(call)
    }

    fn nested(call: &Call, depth: u32) -> Reply {
        Self::around(call, || if depth > 1 { work(call, depth - 1) } else { reply(call) })
    }

    async fn polled(call: &Call, polls: u32) -> Reply {
        let context = context("step.execution", SpanKind::Consumer, attributes(call));
        reply_after(call, polls).with_context(context).await
    }

    async fn carrying(call: &Call, payload: [u8; 512]) -> Reply {
        let context = context("step.execution", SpanKind::Consumer, attributes(call));
        let carry = async move {
            keep_pending().await;
            black_box(&payload);
            reply(call)
        };
        carry.with_context(context).await
    }

    fn with_uuids(call: &Call) -> Reply {
        let uuid = |name, id: Uuid| KeyValue::new(name, id.to_string());
        with(
            call,
            [
                uuid("a", call.correlation_id),
                uuid("b", call.task_uuid),
                uuid("c", call.step_uuid),
                uuid("d", call.correlation_id),
                uuid("e", call.task_uuid),
                uuid("f", call.step_uuid),
            ],
        )
    }

    fn with_strs(call: &Call) -> Reply {
        with(
            call,
            [
                KeyValue::new("a", "stripe"),
                KeyValue::new("b", "eu-west-1"),
                KeyValue::new("c", "card"),
                KeyValue::new("d", "order_fulfillment"),
                KeyValue::new("e", "EUR"),
                KeyValue::new("f", "v2"),
            ],
        )
    }

    fn with_strings(call: &Call) -> Reply {
        with(
            call,
            [
                KeyValue::new("a", call.handler_name.clone()),
                KeyValue::new("b", call.namespace.clone()),
                KeyValue::new("c", call.handler_name.clone()),
                KeyValue::new("d", call.namespace.clone()),
                KeyValue::new("e", call.handler_name.clone()),
                KeyValue::new("f", call.namespace.clone()),
            ],
        )
    }

    fn with_integers(call: &Call) -> Reply {
        let integer = |name| KeyValue::new(name, i64::from(call.attempt_number));
        with(call, ["a", "b", "c", "d", "e", "f"].map(integer))
    }

    fn task<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        let _active = context("task.orchestration", SpanKind::Internal, attributes(call)).attach();
        work()
    }
}

fn context(name: &'static str, kind: SpanKind, attributes: Vec<KeyValue>) -> Context {
    let Some(tracer) = TRACER.get() else {
        return Context::current();
    };
    let span = tracer.span_builder(name).with_kind(kind).with_attributes(attributes);
    Context::current_with_span(span.start(tracer))
}

fn attributes(call: &Call) -> Vec<KeyValue> {
    vec![
        KeyValue::new("correlation_id", call.correlation_id.to_string()),
        KeyValue::new("task_uuid", call.task_uuid.to_string()),
        KeyValue::new("step_uuid", call.step_uuid.to_string()),
        KeyValue::new("handler_name", call.handler_name.clone()),
        KeyValue::new("namespace", call.namespace.clone()),
        KeyValue::new("attempt_number", i64::from(call.attempt_number)),
    ]
}

fn with(call: &Call, more: [KeyValue; 6]) -> Reply {
    let mut attributes = attributes(call);
    attributes.extend(more);
    let _active = context("step.execution", SpanKind::Consumer, attributes).attach();
    reply(call)
}

fn work(call: &Call, depth: u32) -> Reply {
    let _active = context("step.work", SpanKind::Internal, attributes(call)).attach();
    if depth > 1 { work(call, depth - 1) } else { reply(call) }
}
