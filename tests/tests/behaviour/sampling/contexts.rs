//! The contexts that code inside of unsampled spans reads and sends: valid, in the task's trace, and not sampled.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span as _, SpanContext, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::Sampler as SdkSampler;
use tasker_span_runtime::otel::Propagator;
use tasker_span_tests::composed;
use tasker_span_tests::prelude::*;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header that a middleware sends, which knows nothing of Tasker.
fn injected() -> Option<String> {
    let mut headers = HashMap::new();
    Propagator::new(TraceContextPropagator::new()).inject(&mut headers);
    headers.remove("traceparent")
}

#[test]
fn a_propagator_sends_the_unsampled_span_instead_of_a_sampled_ancestor() {
    let _capture = no_steps();
    let task = Task::default();
    let step = task.step();
    assert_eq!(injected(), None);
    execute(&task, &step, || {
        assert_eq!(injected(), TraceContext::current().traceparent(), "without an ancestor");
    });
    orchestrate(&task, || {
        let driver = injected().unwrap();
        assert!(driver.ends_with("-01"), "the driver is sampled");
        execute(&task, &step, || {
            let unsampled = injected().unwrap();
            assert_eq!(Some(&unsampled), TraceContext::current().traceparent().as_ref());
            assert!(
                unsampled.ends_with("-00") && unsampled[..35] == driver[..35],
                "{unsampled} in {driver}"
            );
            let explicit = remote(0xaa, 0xbb);
            let mut headers = HashMap::new();
            Propagator::new(TraceContextPropagator::new()).inject_context(&explicit.context(), &mut headers);
            assert_eq!(
                headers.get("traceparent"),
                explicit.traceparent().as_ref(),
                "an explicit context is sent"
            );
            tracing::info_span!("other code").in_scope(|| {
                let other = injected().unwrap();
                assert!(other.ends_with("-00") && other != unsampled, "{other}");
            });
        });
        assert_eq!(injected(), Some(driver));
    });
}

#[test]
fn the_trace_context_has_the_derived_ids() {
    let capture = no_steps();
    let (task, step) = (Task::default(), Task::default().step());
    tracing::info_span!("loop").in_scope(|| {
        execute(&task, &step, || {
            let outer = TraceContext::current();
            assert_eq!(
                (outer.trace_id(), outer.span_id()),
                (Some(task.trace_id()), Some(step.execution_id()))
            );
            assert!(!outer.is_sampled());
            let inner = handle(TraceContext::current);
            assert_eq!(inner.trace_id(), outer.trace_id());
            assert_ne!(inner.span_id(), outer.span_id());
        });
    });
    assert_eq!(capture.spans().names(), ["loop"]);
}

#[test]
fn spans_of_other_code_are_unsampled_and_in_the_trace() {
    let capture = no_steps();
    let (store, task) = (SpanStore::new(), Task::default());
    let sampler = SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn));
    let tracer = composed::provider(sampler, &store).tracer("own");
    let is_unsampled = |context: &SpanContext| {
        assert_eq!(context.trace_id().to_bytes(), task.trace_id().to_u128().to_be_bytes());
        assert!(context.is_valid() && !context.is_sampled());
    };
    let check = || {
        is_unsampled(tracer.start("own").span_context());
        let span = tracing::info_span!("instrumented").entered();
        is_unsampled(span.context().span().span_context());
        is_unsampled(opentelemetry::Context::current().span().span_context());
        is_unsampled(tracer.start("inside").span_context());
    };
    execute(&task, &task.step(), || {
        check();
        handle(check);
    });
    assert!(capture.spans().is_empty() && store.spans().is_empty());
    orchestrate(&task, || execute(&task, &task.step(), check));
    assert_eq!(capture.spans().names(), ["task.orchestration"]);
    assert!(store.spans().is_empty());
}
