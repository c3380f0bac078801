//! What a process that knows nothing of a task inherits from a message. Each capture has an identity cache of its own, as a
//! process has.

mod hostile;
mod namespaces;
mod sampled;
mod tasks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tasker_span_tests::prelude::*;

/// A span of an orchestrator that knows the task's UUID alone.
#[task_span("task.result", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
fn process_result<R>(id: Uuid, work: impl FnOnce() -> R) -> R {
    work()
}

/// As [`process_result`], of the message that it processes.
#[task_span("task.result", within = "task.orchestration", link = sender, task_uuid = id, inherit(correlation_id, namespace))]
fn process_message<R>(id: Uuid, sender: &TraceContext, work: impl FnOnce() -> R) -> R {
    work()
}

/// What a worker's submission of a step of the task sends.
fn sent_by_worker(task: &Task) -> TraceContext {
    let _worker = Capture::strict();
    execute(task, &task.step(), || submit(TraceContext::current))
}

/// The same text, read by another process.
fn received(sent: &TraceContext) -> TraceContext {
    TraceContext::from_headers(sent.traceparent().as_deref(), sent.tracestate())
}

/// The value of the member for the task.
fn member(task: &Task) -> String {
    let ids = [task.task_uuid, task.correlation_id].map(|id| id.simple().to_string());
    format!("tasker=t:{};c:{};n:{}", ids[0], ids[1], task.namespace_name)
}

/// The trace context of a span of the task with this `tracestate`.
fn message(task: &Task, tracestate: &str) -> TraceContext {
    let traceparent = format!("00-{}-00000000000000bb-01", task.trace_id());
    TraceContext::from_headers(Some(&traceparent), Some(tracestate))
}

/// The correlation id and the namespace of the only span of this name.
fn known(spans: &Spans, name: &str) -> (Option<Uuid>, Option<String>) {
    let span = spans.named(name).one();
    (span.uuid("correlation_id"), span.text("namespace").map(str::to_owned))
}

fn all_of(task: &Task) -> (Option<Uuid>, Option<String>) {
    (Some(task.correlation_id), Some(task.namespace_name.clone()))
}

/// The `tracestate` of each exported link.
#[derive(Clone, Debug, Default)]
struct LinkStates(Arc<Mutex<Vec<String>>>);

impl SpanProcessor for LinkStates {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let states = span.links.iter().map(|link| link.span_context.trace_state().header());
        self.0.lock().unwrap().extend(states);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

const NOTHING: (Option<Uuid>, Option<String>) = (None, None);

#[test]
fn the_trace_context_tells_of_the_task() {
    let _capture = Capture::strict();
    let task = Task::default();
    for sent in [
        orchestrate(&task, TraceContext::current),
        execute(&task, &task.step(), || submit(TraceContext::current)),
        orchestrate(&task, || tracing::info_span!("inside").in_scope(TraceContext::current)),
    ] {
        assert_eq!(sent.tracestate(), Some(&*member(&task)));
        assert_eq!(received(&sent), sent);
    }
}

#[test]
fn a_span_that_links_to_the_message_is_whole() {
    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let capture = Capture::strict();
    process_message(task.task_uuid, &sent, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
    // Spans that come after it know the task too.
    capture.clear();
    process_result(task.task_uuid, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
    capture.spans().assert_valid();
}

#[test]
fn the_link_is_exported_without_what_it_tells() {
    let task = Task::default();
    let sent = message(&task, &format!("ot=th:8;rv:fe6d1a75832a2f,{},vendor=1", member(&task)));
    let exported = LinkStates::default();
    let capture = Capture::builder().strict().span_processor(exported.clone()).start();
    process_message(task.task_uuid, &sent, || ());
    let links = exported.0.lock().unwrap().clone();
    assert_eq!(links, ["ot=th:8;rv:fe6d1a75832a2f,vendor=1"]);
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
}

#[test]
fn a_message_that_was_read_need_not_be_linked() {
    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let capture = Capture::strict();
    sent.insert_identity();
    process_result(task.task_uuid, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
}

#[test]
fn parsing_alone_inserts_nothing() {
    let task = Task::default();
    let headers = HashMap::from([
        ("traceparent".to_owned(), sent_by_worker(&task).traceparent().unwrap()),
        ("tracestate".to_owned(), member(&task)),
    ]);
    let capture = Capture::start();
    let sent = TraceContext::extract(&headers);
    drop(serde_json::from_str::<TraceContext>(&serde_json::to_string(&sent).unwrap()).unwrap());
    process_result(task.task_uuid, || ());
    assert_eq!(known(&capture.spans(), "task.result"), NOTHING);
}

#[test]
fn a_context_that_a_propagator_made_active_is_enough() {
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tasker_span_runtime::otel::Propagator;

    let (task, propagator) = (Task::default(), Propagator::new(TraceContextPropagator::new()));
    let mut headers = [HashMap::new(), HashMap::new()];
    {
        let _worker = Capture::strict();
        execute(&task, &task.step(), || {
            propagator.inject(&mut headers[0]);
            tracing::info_span!("inside").in_scope(|| propagator.inject(&mut headers[1]));
        });
    }
    for headers in headers {
        assert_eq!(headers.get("tracestate"), Some(&member(&task)), "{headers:?}");
        let capture = Capture::strict();
        let _attached = propagator.extract(&headers).attach();
        process_result(task.task_uuid, || ());
        assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
        assert_eq!(capture.spans().one().tracestate(), "", "it is for messages");
    }
}

#[test]
fn other_codes_span_passes_it_on() {
    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let capture = Capture::strict();
    let _attached = sent.context().attach();
    tracing::info_span!("http").in_scope(|| {
        assert_eq!(TraceContext::current().tracestate(), Some(&*member(&task)));
        process_result(task.task_uuid, || {
            assert_eq!(TraceContext::current().tracestate(), Some(&*member(&task)));
        });
    });
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
}

#[test]
fn children_and_the_emitted_root_have_it_too() {
    #[task_span("task.state_transition", task_uuid = id, from = "evaluating_results", to = "complete", inherit)]
    fn complete(id: Uuid) {}

    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let capture = Capture::strict();
    process_message(task.task_uuid, &sent, || complete(task.task_uuid));
    let spans = capture.spans();
    for name in ["task.result", "task.state_transition", "task.orchestration"] {
        assert_eq!(known(&spans, name), all_of(&task));
    }
    spans.assert_valid();
}
