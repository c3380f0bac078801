//! A current OpenTelemetry context of the task's own trace that a propagator took from a message.

use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::testing::{Capture, CapturedSpan, SpanStore};
use tasker_span_runtime::{
    Sampling, TraceContext, Uuid, identity,
    otel::{IdGenerator, SpanLayer},
    step_span, task_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tracing_subscriber::layer::SubscriberExt;

#[task_span("task.orchestration")]
fn orchestrate(task: &Task) {}

#[task_span("task.state_transition", from = "initializing", to = "enqueuing_steps")]
fn transition<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("step.discovery")]
fn discover(task: &Task) {}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution")]
fn handle(task: &Task, step: &Step) {}

#[step_span("result.submission")]
fn submit(task: &Task, step: &Step) {}

#[step_span("step.compensation", within = "step.execution")]
fn compensate(task: &Task, step: &Step) {}

/// The span of another process, in the task's own trace.
const REMOTE: u64 = 0xbb;

fn remote(task_uuid: Uuid, span_id: u64) -> Context {
    let traceparent = format!("00-{}-{span_id:016x}-01", identity::trace_id(task_uuid));
    TraceContext::from_headers(Some(&traceparent), None).context()
}

fn links(span: &CapturedSpan) -> Vec<u64> {
    let links = span.links().iter();
    links
        .map(|link| {
            assert_eq!(link.trace_id(), span.trace_id());
            link.span_id().to_u64()
        })
        .collect()
}

fn parent(span: &CapturedSpan) -> Option<u64> {
    span.parent_span_id().map(identity::SpanId::to_u64)
}

#[test]
fn what_a_handler_of_another_process_does_for_the_step_stands_under_it() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    let _message = remote(task.task_uuid, REMOTE).attach();
    handle(&task, &step);
    submit(&task, &step);
    compensate(&task, &step);
    assert_eq!(capture.spans().len(), 3);
    for span in &capture.spans() {
        assert_eq!(span.trace_id(), identity::trace_id(task.task_uuid));
        assert_eq!(parent(span), Some(REMOTE), "{}", span.name());
        assert!(links(span).is_empty());
    }
}

#[test]
fn what_is_kept_does_not_stand_under_what_another_process_has_dropped() {
    for rate in [0.999, 1.0] {
        let sampling = Sampling::new().step_rate(rate).namespace_rate("dropped there", 0.0);
        let capture = Capture::builder().sampling(sampling).start();
        let task = Task::default();
        let kept = || {
            (0..).find_map(|_| {
                let step = task.step();
                execute(&task, &step, || ());
                (!capture.spans().is_empty()).then_some(step)
            })
        };
        let step = kept().unwrap();
        let traceparent = format!("00-{}-{REMOTE:016x}-00", identity::trace_id(task.task_uuid));
        let _message = TraceContext::from_headers(Some(&traceparent), None).context().attach();
        submit(&task, &step);
        let submission = capture.spans().named("result.submission").one().clone();
        let execution = identity::execution_span_id(step.workflow_step_uuid, 1).to_u64();
        assert_eq!(
            (parent(&submission), links(&submission)),
            (Some(execution), vec![REMOTE])
        );
    }
}

#[test]
fn executions_and_task_spans_stand_where_the_catalogue_says_and_link_to_it() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    let _message = remote(task.task_uuid, REMOTE).attach();
    execute(&task, &step, || ());
    transition(&task, || ());
    let execution = identity::execution_span_id(step.workflow_step_uuid, 1);
    assert_eq!(capture.spans().named("step.execution").one().span_id(), execution);
    let root = identity::root_span_id(task.task_uuid).to_u64();
    for span in &capture.spans() {
        assert_eq!(parent(span), Some(root), "{}", span.name());
        assert_eq!(links(span), [REMOTE], "{}", span.name());
    }
}

#[test]
fn a_driver_called_by_another_process_of_its_task_holds_the_root() {
    let capture = Capture::strict();
    let task = Task::default();
    let _message = remote(task.task_uuid, REMOTE).attach();
    orchestrate(&task);
    let root = capture.spans().one();
    assert_eq!(root.span_id(), identity::root_span_id(task.task_uuid));
    assert_eq!(root.parent_span_id(), None);
    assert_eq!(links(&root), [REMOTE]);
}

#[test]
fn a_span_around_the_code_is_nearer_than_a_message() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    transition(&task, || {
        let _message = remote(task.task_uuid, REMOTE).attach();
        discover(&task);
    });
    execute(&task, &step, || {
        let _message = remote(task.task_uuid, REMOTE).attach();
        handle(&task, &step);
    });
    let spans = capture.spans();
    for (inner, outer) in [
        ("step.discovery", "task.state_transition"),
        ("handler.execution", "step.execution"),
    ] {
        let (inner, outer) = (spans.named(inner).one(), spans.named(outer).one());
        assert_eq!(inner.parent_span_id(), Some(outer.span_id()));
        assert_eq!(links(&inner), [REMOTE]);
    }
}

#[test]
fn a_link_to_the_parent_is_none() {
    let capture = Capture::strict();
    let task = Task::default();
    let root = identity::root_span_id(task.task_uuid).to_u64();
    let _message = remote(task.task_uuid, root).attach();
    execute(&task, &task.step(), || ());
    let span = capture.spans().one();
    assert_eq!(parent(&span), Some(root));
    assert!(links(&span).is_empty());
}

#[test]
fn a_link_of_an_execution_to_itself_is_none() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    let own = identity::execution_span_id(step.workflow_step_uuid, 1);
    let _message = remote(task.task_uuid, own.to_u64()).attach();
    execute(&task, &step, || ());
    let span = capture.spans().one();
    assert_eq!(span.span_id(), own);
    assert!(links(&span).is_empty());
}

#[test]
fn a_message_of_another_task_is_foreign_to_every_span() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    let other = Task::default();
    let _message = remote(other.task_uuid, REMOTE).attach();
    handle(&task, &step);
    let span = capture.spans().one();
    assert_eq!(
        span.parent_span_id(),
        Some(identity::execution_span_id(step.workflow_step_uuid, 1))
    );
    assert_eq!(span.links()[0].trace_id(), identity::trace_id(other.task_uuid));
}

#[test]
fn without_context_activation_a_message_is_a_parent_as_well() {
    let store = SpanStore::default();
    let tracer = SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .with_span_processor(store.clone())
        .build()
        .tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    let subscriber = tracing_subscriber::registry()
        .with(SpanLayer::new(tracer))
        .with(layer.with_context_activation(false));
    tracing::subscriber::with_default(subscriber, || {
        let (task, step) = (Task::default(), Task::default().step());
        // The span of a request, which such a layer takes for the parent of all inside it.
        let _request = tracing::info_span!("request").entered();
        let _message = remote(task.task_uuid, REMOTE).attach();
        handle(&task, &step);
        // Under one of our own it is not: there the tracing span is the nearer one.
        execute(&task, &step, || submit(&task, &step));
    });
    let spans = store.spans();
    assert_eq!(parent(&spans.named("handler.execution").one()), Some(REMOTE));
    let execution = spans.named("step.execution").one();
    assert_eq!(links(&execution), [REMOTE]);
    let submission = spans.named("result.submission").one();
    assert_eq!(submission.parent_span_id(), Some(execution.span_id()));
}
