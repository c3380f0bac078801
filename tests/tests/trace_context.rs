//! What a trace context holds inside and outside of spans, and what becomes of the headers that it is written into.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use opentelemetry::propagation::Injector;
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    Sampler as SdkSampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
};
use serde::{Deserialize, Serialize};
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{
    FutureExt, TraceContext, identity,
    otel::{IdGenerator, Sampler, SpanLayer},
    stats, step_span, task_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tracing::subscriber::{NoSubscriber, with_default};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::layer::SubscriberExt;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[task_span("task.state_transition", from = "pending", to = "initializing")]
fn transition<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span(
    "handler.execution",
    inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace)
)]
fn handle<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span(
    "task.initialization",
    within = "task.orchestration",
    late(correlation_id, task_uuid, namespace)
)]
fn create<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn provider(sampler: impl ShouldSample + Clone + 'static) -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder().with_id_generator(IdGenerator::default());
    provider.with_sampler(Sampler::new(sampler)).build()
}

/// `tracing` keeps what the first thread to meet a call site says of it, if the process has one subscriber, and that thread
/// may have none. With several it asks each time.
static SEVERAL: LazyLock<[Dispatch; 2]> = LazyLock::new(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::default())));

fn exporting(provider: &SdkTracerProvider, activates: bool) -> impl Subscriber + Send + Sync + use<> {
    LazyLock::force(&SEVERAL);
    let tracer = provider.tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    tracing_subscriber::registry()
        .with(SpanLayer::new(tracer))
        .with(layer.with_context_activation(activates))
}

fn foreign() -> TraceContext {
    TraceContext::from_headers(Some(PARENT), Some("vendor=1"))
}

/// The trace context of the task's trace, of a span that nobody keeps.
fn unsampled(task: &Task, span_id: identity::SpanId) -> String {
    format!("00-{}-{span_id}-00", identity::trace_id(task.task_uuid))
}

#[test]
fn inside_a_span_it_is_that_span() {
    let capture = Capture::strict();
    let task = Task::default();
    let (ours, inner) = transition(&task, || {
        (
            TraceContext::current(),
            tracing::info_span!("inner").in_scope(TraceContext::current),
        )
    });
    for (name, trace_context) in [("task.state_transition", ours), ("inner", inner)] {
        let span = capture.spans().named(name).one();
        assert_eq!(trace_context.trace_id(), Some(span.trace_id()));
        assert_eq!(trace_context.span_id(), Some(span.span_id()));
        assert!(trace_context.is_sampled());
        assert_eq!(trace_context.tracestate(), None);
    }
}

#[test]
fn a_future_finds_its_span_on_whichever_thread_polls_it() {
    let capture = Capture::strict();
    let (task, runtime) = (Task::default(), tokio::runtime::Runtime::new().unwrap());
    let spawned = transition(&task, || {
        runtime.spawn(capture.instrument(async { TraceContext::current() }.in_current_scope()))
    });
    let trace_context = runtime.block_on(spawned).unwrap();
    assert_eq!(trace_context.span_id(), Some(capture.spans().one().span_id()));
}

#[test]
fn outside_of_spans_it_is_empty() {
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
    let _capture = Capture::strict();
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
    transition(&Task::default(), || ());
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
}

#[test]
fn inside_a_span_that_a_sampler_dropped_it_is_valid_and_unsampled() {
    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOff));
    let step = task.step();
    with_default(exporting(&provider, true), || {
        let trace_context = execute(&task, &step, TraceContext::current);
        let execution = identity::execution_span_id(step.workflow_step_uuid, 1);
        assert_eq!(trace_context.traceparent(), Some(unsampled(&task, execution)));
        let inner = execute(&task, &task.step(), || handle(TraceContext::current));
        assert_eq!(inner.trace_id(), Some(identity::trace_id(task.task_uuid)));
        assert!(!inner.is_sampled());
    });
}

#[test]
fn without_an_exporter_the_ids_are_the_computed_ones() {
    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOn));
    let step = Step {
        attempts: 2,
        ..task.step()
    };
    let scopes = tracing_subscriber::registry().with(SpanLayer::new(provider.tracer("test")));
    let console = tracing_subscriber::fmt().with_test_writer().finish();
    for subscriber in [tracing::Dispatch::new(scopes), tracing::Dispatch::new(console)] {
        tracing::dispatcher::with_default(&subscriber, || {
            let root = unsampled(&task, identity::root_span_id(task.task_uuid));
            let execution = unsampled(&task, identity::execution_span_id(step.workflow_step_uuid, 2));
            assert_eq!(transition(&task, TraceContext::current).traceparent(), Some(root));
            assert_eq!(
                execute(&task, &step, TraceContext::current).traceparent(),
                Some(execution.clone())
            );
            let handler = execute(&task, &step, || handle(TraceContext::current));
            assert_eq!(handler.traceparent(), Some(execution), "the attempt around the handler");
            assert_eq!(
                create(TraceContext::current),
                TraceContext::EMPTY,
                "its task is not known yet"
            );
        });
    }
}

#[test]
fn after_the_exporter_was_shut_down_the_ids_are_the_computed_ones() {
    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOn));
    provider.shutdown().unwrap();
    let trace_context = with_default(exporting(&provider, true), || transition(&task, TraceContext::current));
    let root = identity::root_span_id(task.task_uuid);
    assert_eq!(trace_context.traceparent(), Some(unsampled(&task, root)));
}

#[test]
fn outside_of_our_spans_it_is_the_active_context() {
    let _attached = foreign().context().attach();
    assert_eq!(TraceContext::current(), foreign());
}

#[test]
fn a_context_around_our_span_does_not_hide_it() {
    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOn));
    let _attached = foreign().context().attach();
    for activates in [true, false] {
        let trace_context = with_default(exporting(&provider, activates), || {
            transition(&task, TraceContext::current)
        });
        assert_eq!(trace_context.trace_id(), Some(identity::trace_id(task.task_uuid)));
        assert!(trace_context.is_sampled());
    }
}

/// Keeps everything, and writes a `tracestate` of its own.
#[derive(Clone, Debug)]
struct Stating(&'static str);

impl ShouldSample for Stating {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::from_key_value([("ot", self.0)]).unwrap(),
        }
    }
}

#[test]
fn the_samplers_tracestate_goes_along() {
    let provider = provider(Stating("th:8"));
    let trace_context = with_default(exporting(&provider, true), || {
        transition(&Task::default(), TraceContext::current)
    });
    assert_eq!(trace_context.tracestate(), Some("ot=th:8"));
    let span = trace_context.context().span().span_context().clone();
    assert_eq!(span.trace_state().get("ot"), Some("th:8"));
}

#[test]
fn headers_of_the_callers_own_stay_as_they_are() {
    for own in ["traceparent", "tracestate", "TraceParent", "TRACESTATE"] {
        let mut headers = HashMap::from([(own.to_owned(), String::new()), ("x".to_owned(), "1".to_owned())]);
        let before = headers.clone();
        foreign().inject(&mut headers);
        assert_eq!(headers, before);
    }
    let mut headers = HashMap::from([("x".to_owned(), "1".to_owned())]);
    TraceContext::EMPTY.inject(&mut headers);
    assert_eq!(headers.len(), 1);
    foreign().inject(&mut headers);
    let mut written = headers.clone();
    TraceContext::from_headers(Some(&PARENT.replace('a', "b")), None).inject(&mut written);
    assert_eq!(written, headers, "nor is another trace_context written over the first");
    assert_eq!(TraceContext::extract(&headers), foreign());
    assert_eq!(headers.len(), 3);
}

#[test]
fn what_is_written_over_old_headers_leaves_nothing_of_them() {
    let mut headers = HashMap::new();
    foreign().inject_over(&mut headers);
    TraceContext::EMPTY.inject_over(&mut headers);
    assert_eq!(TraceContext::extract(&headers), foreign());
    let other = TraceContext::from_headers(Some(&PARENT.replace('a', "b")), None);
    other.inject_over(&mut headers);
    assert_eq!(TraceContext::extract(&headers), other);
    Injector::set(&mut headers, "tracestate", "mine=1".to_owned());
    assert_eq!(TraceContext::extract(&headers).tracestate(), Some("mine=1"));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StepMessage {
    step_uuid: String,
    #[serde(flatten)]
    trace_context: TraceContext,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct TaskMessage {
    task_uuid: String,
    #[serde(default, skip_serializing_if = "TraceContext::is_empty")]
    trace_context: TraceContext,
}

#[test]
fn in_a_json_body_it_stands_beside_the_other_members_or_is_one() {
    let step = StepMessage {
        step_uuid: "7".to_owned(),
        trace_context: foreign(),
    };
    let text = serde_json::to_string(&step).unwrap();
    assert_eq!(
        text,
        format!(r#"{{"step_uuid":"7","traceparent":"{PARENT}","tracestate":"vendor=1"}}"#)
    );
    assert_eq!(serde_json::from_str::<StepMessage>(&text).unwrap(), step);
    assert_eq!(
        serde_json::from_str::<StepMessage>(r#"{"step_uuid":"7"}"#)
            .unwrap()
            .trace_context,
        TraceContext::EMPTY
    );

    let task = TaskMessage {
        task_uuid: "7".to_owned(),
        trace_context: foreign(),
    };
    let text = serde_json::to_string(&task).unwrap();
    let trace_context = format!(r#"{{"traceparent":"{PARENT}","tracestate":"vendor=1"}}"#);
    assert_eq!(text, format!(r#"{{"task_uuid":"7","trace_context":{trace_context}}}"#));
    assert_eq!(serde_json::from_str::<TaskMessage>(&text).unwrap(), task);
    let old = TaskMessage {
        trace_context: TraceContext::EMPTY,
        ..task
    };
    assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"task_uuid":"7"}"#);
    assert_eq!(
        serde_json::from_str::<TaskMessage>(r#"{"task_uuid":"7"}"#).unwrap(),
        old
    );
}

/// The only test here that reads anything broken: the counts are the process's.
#[test]
fn what_is_rejected_is_counted_and_what_is_absent_is_not() {
    let counts = || (stats().trace_contexts_ignored, stats().tracestates_ignored);
    let before = counts();
    let read = |parent, state| {
        let trace_context = TraceContext::from_headers(parent, state);
        (trace_context.is_empty(), counts().0 - before.0, counts().1 - before.1)
    };
    assert_eq!(read(None, None), (true, 0, 0));
    assert_eq!(read(None, Some("A=1")), (true, 0, 0), "nothing that it belongs to");
    assert_eq!(read(Some(PARENT), Some("")), (false, 0, 0));
    assert_eq!(read(Some("garbage"), Some("A=1")), (true, 1, 0));
    assert_eq!(read(Some(PARENT), Some("A=1")), (false, 1, 1));
    assert!(
        serde_json::from_str::<StepMessage>(r#"{"step_uuid":"7","traceparent":7}"#)
            .unwrap()
            .trace_context
            .is_empty()
    );
    assert_eq!(counts(), (before.0 + 2, before.1 + 1));
    // A sampler may state what W3C forbids.
    let provider = provider(Stating("\u{1f9f5}"));
    let trace_context = with_default(exporting(&provider, true), || {
        transition(&Task::default(), TraceContext::current)
    });
    assert_eq!((trace_context.is_sampled(), trace_context.tracestate()), (true, None));
    assert_eq!(counts(), (before.0 + 2, before.1 + 2));
}

/// Asks for the trace context when its thread ends.
#[derive(Default)]
struct AtTheEnd(Option<std::sync::mpsc::Sender<TraceContext>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            let _ = sender.send(TraceContext::current());
        }
    }
}

thread_local! {
    static AT_THE_END: RefCell<AtTheEnd> = RefCell::default();
}

#[test]
fn a_thread_that_ends_may_still_ask() {
    for first in [true, false] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut sender = Some(sender);
            if first {
                AT_THE_END.with_borrow_mut(|end| end.0 = sender.take());
            }
            let _capture = Capture::start();
            transition(&Task::default(), TraceContext::current);
            if !first {
                AT_THE_END.with_borrow_mut(|end| end.0 = sender.take());
            }
        });
        thread.join().unwrap();
        assert_eq!(receiver.recv(), Ok(TraceContext::EMPTY));
    }
}

#[test]
fn a_thread_that_ends_may_ask_where_only_contexts_were_used() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        AT_THE_END.with_borrow_mut(|end| end.0 = Some(sender));
        drop(Context::current());
    });
    thread.join().unwrap();
    assert_eq!(receiver.recv(), Ok(TraceContext::EMPTY));
}
