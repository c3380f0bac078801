//! The API of the crate `opentelemetry`: a span builder, and the span active during the work.

use std::sync::OnceLock;

use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;

use super::api::{Api, NAMES};
use crate::calls::Call;

pub(crate) struct OpenTelemetry;

/// The tracer of the process. A program keeps it rather than asking for the global one each time.
pub(crate) static TRACER: OnceLock<SdkTracer> = OnceLock::new();

impl Api for OpenTelemetry {
    type Value = Value;

    fn integer(number: i32) -> Value {
        i64::from(number).into()
    }

    fn root<const N: usize, R>(
        name: &'static str,
        call: &Call,
        more: impl FnOnce() -> [Value; N],
        work: impl FnOnce() -> R,
    ) -> R {
        let mut attributes = attributes(call);
        attributes.extend(
            NAMES
                .into_iter()
                .zip(more())
                .map(|(name, value)| KeyValue::new(name, value)),
        );
        let _active = context(name, SpanKind::Consumer, attributes).attach();
        work()
    }

    fn child<R>(name: &'static str, call: &Call, work: impl FnOnce() -> R) -> R {
        let _active = context(name, SpanKind::Internal, attributes(call)).attach();
        work()
    }

    fn future<F: Future>(name: &'static str, call: &Call, future: F) -> impl Future<Output = F::Output> {
        future.with_context(context(name, SpanKind::Consumer, attributes(call)))
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
