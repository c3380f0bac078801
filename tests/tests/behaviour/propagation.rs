//! The trace context of running code, and the headers and bodies that it is written into.

mod corpus;
mod headers;
mod properties;

use std::cell::RefCell;
use std::sync::mpsc::{Sender, channel};

use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider, ShouldSample};
use tasker_span_runtime::otel::SpanLayer;
use tasker_span_tests::composed::{self, subscriber};
use tasker_span_tests::prelude::*;
use tracing::Dispatch;
use tracing::dispatcher;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn provider(sampler: impl ShouldSample + Clone + 'static) -> SdkTracerProvider {
    composed::provider(sampler, &SpanStore::default())
}

fn foreign() -> TraceContext {
    TraceContext::from_headers(Some(PARENT), Some("vendor=1"))
}

/// The trace context inside of an enclosing transition.
fn current_in(task: &Task) -> TraceContext {
    initialize(task, TraceContext::current)
}

/// The `traceparent` of an unsampled span of the task.
fn unsampled(task: &Task, span_id: identity::SpanId) -> String {
    format!("00-{}-{span_id}-00", task.trace_id())
}

#[test]
fn inside_a_span_it_is_that_span() {
    let capture = Capture::strict();
    let task = Task::default();
    let member = {
        let ids = [task.task_uuid, task.correlation_id].map(|id| id.simple().to_string());
        format!("tasker=t:{};c:{};n:payments", ids[0], ids[1])
    };
    let (ours, inner) = initialize(&task, || {
        let inner = tracing::info_span!("inner").in_scope(TraceContext::current);
        (TraceContext::current(), inner)
    });
    for (name, trace_context) in [("task.state_transition", ours), ("inner", inner)] {
        let span = capture.spans().named(name).one();
        assert_eq!(trace_context.trace_id(), Some(span.trace_id()));
        assert_eq!(trace_context.span_id(), Some(span.span_id()));
        assert!(trace_context.is_sampled());
        assert_eq!(trace_context.tracestate(), Some(&*member));
        assert_eq!(span.tracestate(), "", "it is for messages");
    }
}

#[test]
fn a_future_finds_its_span_on_each_thread_that_polls_it() {
    let capture = Capture::strict();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let spawned = initialize(&Task::default(), || {
        runtime.spawn(capture.run_async(async { TraceContext::current() }.in_current_scope()))
    });
    let trace_context = runtime.block_on(spawned).unwrap();
    assert_eq!(trace_context.span_id(), Some(capture.spans().one().span_id()));
}

#[test]
fn outside_of_spans_it_is_empty() {
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
    let _capture = Capture::strict();
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
    begin(&Task::default());
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
}

#[test]
fn a_task_that_is_known_by_its_uuid_alone_has_the_context_of_its_root() {
    let task = Task::default();
    let expected = |flags| Some(format!("00-{}-{}-{flags}", task.trace_id(), task.root_id()));
    let capture = Capture::strict();
    complete(&task);
    assert_eq!(TraceContext::of_task(task.task_uuid).traceparent(), expected("01"));
    let other = Task::default();
    task_scope!(
        "task.follow_up",
        within = "task.orchestration",
        task = other,
        link = TraceContext::of_task(task.task_uuid),
    )
    .in_scope(|| ());
    let spans = capture.spans();
    let follow_up = spans.named("task.follow_up").one();
    assert!(follow_up.is_linked_to(&spans.named("task.orchestration").one()));
    drop(capture);

    let _capture = no_tasks();
    assert_eq!(TraceContext::of_task(task.task_uuid).traceparent(), expected("00"));
    assert_eq!(TraceContext::of_task(Uuid::nil()), TraceContext::EMPTY);
}

#[test]
fn outside_of_our_spans_it_is_the_current_opentelemetry_context() {
    let _attached = foreign().context().attach();
    assert_eq!(TraceContext::current(), foreign());
    // Which does not hide a span of ours.
    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOn));
    for activates in [true, false] {
        let trace_context = with_default(subscriber(&provider, activates), || current_in(&task));
        assert_eq!(trace_context.trace_id(), Some(task.trace_id()));
        assert!(trace_context.is_sampled());
    }
}

#[test]
fn the_programs_sampler_is_not_asked_about_our_spans() {
    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOff));
    let step = task.step();
    with_default(subscriber(&provider, true), || {
        let trace_context = execute(&task, &step, TraceContext::current);
        assert_eq!(trace_context.span_id(), Some(step.execution_id()));
        assert!(trace_context.is_sampled());
    });
}

#[test]
fn without_an_exporter_it_has_the_derived_ids() {
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        late(correlation_id, task_uuid, namespace)
    )]
    fn create<R>(work: impl FnOnce() -> R) -> R {
        work()
    }

    let (task, provider) = (Task::default(), provider(SdkSampler::AlwaysOn));
    let step = task.step().attempt(2);
    let layer = SpanLayer::new(provider.tracer("test"));
    let console = tracing_subscriber::fmt().with_test_writer().finish();
    for subscriber in [
        Dispatch::new(tracing_subscriber::registry().with(layer)),
        Dispatch::new(console),
    ] {
        dispatcher::with_default(&subscriber, || {
            let execution = Some(unsampled(&task, step.execution_id()));
            assert_eq!(current_in(&task).traceparent(), Some(unsampled(&task, task.root_id())));
            assert_eq!(execute(&task, &step, TraceContext::current).traceparent(), execution);
            let handler = execute(&task, &step, || handle(TraceContext::current));
            assert_eq!(
                handler.traceparent(),
                execution,
                "the attempt that encloses the handler"
            );
            assert_eq!(
                create(TraceContext::current),
                TraceContext::EMPTY,
                "its task is not known yet"
            );
        });
    }
    provider.shutdown().unwrap();
    let trace_context = with_default(subscriber(&provider, true), || current_in(&task));
    assert_eq!(trace_context.traceparent(), Some(unsampled(&task, task.root_id())));
}

/// Reads the trace context when its thread ends.
#[derive(Default)]
struct AtTheEnd(Option<Sender<TraceContext>>);

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
fn a_thread_that_ends_may_still_read_it() {
    let spans = || {
        let _capture = Capture::start();
        begin(&Task::default());
    };
    let contexts = || drop(Context::current());
    let nothing: fn() = || ();
    for (before, after) in [(nothing, spans as fn()), (spans, nothing), (nothing, contexts)] {
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            before();
            AT_THE_END.with_borrow_mut(|end| end.0 = Some(sender));
            after();
        });
        thread.join().unwrap();
        assert_eq!(receiver.recv(), Ok(TraceContext::EMPTY));
    }
}
