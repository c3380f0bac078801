//! The parent of a span when a propagator attached a context of the task's own trace, taken from a message.

use opentelemetry::ContextGuard;
use opentelemetry_sdk::trace::Sampler as SdkSampler;
use tasker_span_tests::composed::{provider, subscriber};
use tasker_span_tests::prelude::*;
use tracing::subscriber::with_default;

/// A span of another process.
const REMOTE: u64 = 0xbb;

/// The context of the message, as a propagator attaches it.
fn receive(task: &Task, span_id: u64) -> ContextGuard {
    remote(task.trace_id().to_u128(), span_id).context().attach()
}

fn parent(span: &CapturedSpan) -> Option<u64> {
    span.parent_span_id().map(identity::SpanId::to_u64)
}

/// The linked spans, all of them in the span's own trace.
fn links(span: &CapturedSpan) -> Vec<u64> {
    let links = span.links().iter().map(|link| {
        assert_eq!(link.trace_id(), span.trace_id());
        link.span_id().to_u64()
    });
    links.collect()
}

#[test]
fn inside_of_an_attempt_the_remote_span_is_the_parent() {
    #[step_span("step.compensation", within = "step.execution")]
    fn compensate(task: &Task, step: &Step) {}

    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    let _message = receive(&task, REMOTE);
    handle_step(&task, &step, || ());
    submit_step(&task, &step, || ());
    compensate(&task, &step);
    assert_eq!(capture.spans().len(), 3);
    for span in &capture.spans() {
        assert_eq!(span.trace_id(), task.trace_id());
        assert_eq!((parent(span), links(span)), (Some(REMOTE), vec![]), "{}", span.name());
    }
}

#[test]
fn an_unsampled_remote_span_is_no_parent_of_a_sampled_one() {
    for rate in [0.999, 1.0] {
        let capture = sampling::at(Sampling::new().step_rate(rate).namespace_rate("unsampled there", 0.0));
        let task = Task::default();
        let step = loop {
            let step = task.step();
            execute(&task, &step, || ());
            if !capture.spans().is_empty() {
                break step;
            }
        };
        let traceparent = format!("00-{}-{REMOTE:016x}-00", task.trace_id());
        let _message = TraceContext::from_headers(Some(&traceparent), None).context().attach();
        submit_step(&task, &step, || ());
        let submission = capture.spans().named("result.submission").one();
        assert_eq!(
            (submission.parent_span_id(), links(&submission)),
            (Some(step.execution_id()), vec![REMOTE])
        );
    }
}

#[test]
fn executions_and_task_spans_keep_their_derived_parent_and_link_to_the_remote_span() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    let _message = receive(&task, REMOTE);
    execute(&task, &step, || ());
    begin(&task);
    orchestrate(&task, || ());
    let spans = capture.spans();
    assert_eq!(spans.named("step.execution").one().span_id(), step.execution_id());
    assert_eq!(spans.named("task.orchestration").one().span_id(), task.root_id());
    for span in &spans {
        let root = (span.name() != "task.orchestration").then_some(task.root_id());
        assert_eq!(
            (span.parent_span_id(), links(span)),
            (root, vec![REMOTE]),
            "{}",
            span.name()
        );
    }
}

#[test]
fn an_enclosing_span_is_nearer_than_a_message() {
    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    initialize(&task, || {
        let _message = receive(&task, REMOTE);
        discover(&task);
    });
    execute(&task, &step, || {
        let _message = receive(&task, REMOTE);
        handle_step(&task, &step, || ());
    });
    let spans = capture.spans();
    for (inner, outer) in [
        ("step.discovery", "task.state_transition"),
        ("handler.execution", "step.execution"),
    ] {
        let (inner, outer) = (spans.named(inner).one(), spans.named(outer).one());
        assert_eq!(
            (inner.parent_span_id(), links(&inner)),
            (Some(outer.span_id()), vec![REMOTE])
        );
    }
}

#[test]
fn a_span_is_linked_neither_to_its_parent_nor_to_itself() {
    let (task, step) = (Task::default(), Task::default().step());
    for id in [task.root_id(), step.execution_id()] {
        let capture = Capture::strict();
        let _message = receive(&task, id.to_u64());
        execute(&task, &step, || ());
        let span = capture.spans().one();
        assert_eq!(
            (span.span_id(), span.parent_span_id()),
            (step.execution_id(), Some(task.root_id()))
        );
        assert!(links(&span).is_empty());
    }
}

#[test]
fn a_message_of_another_task_is_foreign() {
    let capture = Capture::strict();
    let (task, other, step) = (Task::default(), Task::default(), Task::default().step());
    let _message = receive(&other, REMOTE);
    handle_step(&task, &step, || ());
    let span = capture.spans().one();
    assert_eq!(span.parent_span_id(), Some(step.execution_id()));
    assert_eq!(span.links()[0].trace_id(), other.trace_id());
}

#[test]
fn without_context_activation_a_message_is_a_parent_as_well() {
    let store = SpanStore::default();
    let provider = provider(SdkSampler::AlwaysOn, &store);
    with_default(subscriber(&provider, false), || {
        let (task, step) = (Task::default(), Task::default().step());
        // Such a layer takes the span of a request for the parent of every span inside.
        let _request = tracing::info_span!("request").entered();
        let _message = receive(&task, REMOTE);
        handle_step(&task, &step, || ());
        // Inside of our own span, the `tracing` span is nearer.
        execute(&task, &step, || submit_step(&task, &step, || ()));
    });
    let spans = store.spans();
    let [handler, execution, submission] =
        ["handler.execution", "step.execution", "result.submission"].map(|name| spans.named(name).one());
    assert_eq!(parent(&handler), Some(REMOTE));
    assert_eq!(links(&execution), [REMOTE]);
    assert_eq!(submission.parent_span_id(), Some(execution.span_id()));
}
