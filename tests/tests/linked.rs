//! What a span is linked to by `link = …`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tasker_span_runtime::testing::{Capture, CapturedSpan};
use tasker_span_runtime::{AsLink, Links, TraceContext, identity, stats, step_scope, step_span, task_scope, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[step_span("step.execution", link = link)]
fn execute(task: &Task, step: &Step, link: impl AsLink) {}

fn trace_context(span_id: u64) -> TraceContext {
    let traceparent = format!("00-000000000000000000000000000000aa-{span_id:016x}-01");
    TraceContext::from_headers(Some(&traceparent), Some("vendor=value"))
}

/// The linked spans, all of which stand in the trace of [`trace_context`].
fn linked(span: &CapturedSpan) -> Vec<u64> {
    let links = span.links().iter();
    links
        .map(|link| {
            assert_eq!(link.trace_id().to_u128(), 0xaa);
            link.span_id().to_u64()
        })
        .collect()
}

/// What an execution with this link is linked to.
fn linked_by(link: impl AsLink) -> Vec<u64> {
    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step(), link);
    linked(&capture.spans().one())
}

#[test]
fn a_span_is_linked_to_the_sender_and_stands_where_the_catalogue_says() {
    let capture = Capture::strict();
    let task = Task::default();
    execute(&task, &task.step(), trace_context(0xbb));
    let span = capture.spans().one();
    assert_eq!(linked(&span), [0xbb]);
    assert_eq!(span.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(span.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
}

#[test]
fn a_link_is_whatever_has_carriers() {
    struct Message(TraceContext);
    impl AsLink for Message {
        fn add_to(&self, links: &mut Links) {
            links.trace_context(&self.0);
        }
    }
    let [a, b] = [trace_context(1), trace_context(2)];
    assert_eq!(linked_by(&a), [1]);
    let mut lent = a.clone();
    assert_eq!(linked_by(&mut lent), [1]);
    lent = TraceContext::EMPTY;
    assert!(linked_by(lent).is_empty());
    assert_eq!(linked_by(Message(a.clone())), [1]);
    assert_eq!(linked_by(Some(&a)), [1]);
    assert_eq!(linked_by(Box::new(a.clone())), [1]);
    assert_eq!(linked_by(Rc::new(a.clone())), [1]);
    assert_eq!(linked_by(Arc::new(a.clone())), [1]);
    assert_eq!(linked_by(Cow::Borrowed(&a)), [1]);
    assert_eq!(linked_by([&a, &b]), [1, 2]);
    assert_eq!(linked_by(vec![Message(b.clone()), Message(a.clone())]), [2, 1]);
    assert_eq!(linked_by([a, b].as_slice()), [1, 2]);
}

#[test]
fn what_carries_nothing_links_to_nothing() {
    assert!(linked_by(TraceContext::EMPTY).is_empty());
    assert!(linked_by(None::<TraceContext>).is_empty());
    assert!(linked_by(Vec::<TraceContext>::new()).is_empty());
}

#[test]
fn a_sender_is_linked_to_once() {
    assert_eq!(
        linked_by([trace_context(1), trace_context(2), trace_context(1)]),
        [1, 2]
    );
}

#[test]
fn a_sender_that_is_also_the_current_context_is_linked_to_once() {
    let capture = Capture::strict();
    let task = Task::default();
    let current = SpanContext::new(
        TraceId::from(0xaa),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let _request = Context::new().with_remote_span_context(current).attach();
    execute(&task, &task.step(), [trace_context(1), trace_context(2)]);
    assert_eq!(linked(&capture.spans().one()), [1, 2]);
}

#[test]
fn a_span_is_never_linked_to_itself() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let traceparent = format!(
        "00-{}-{}-01",
        identity::trace_id(task.task_uuid),
        identity::execution_span_id(step.workflow_step_uuid, 1)
    );
    let own = TraceContext::from_headers(Some(&traceparent), None);
    execute(&task, &step, [&own, &trace_context(1)]);
    assert_eq!(linked(&capture.spans().one()), [1]);

    // A second delivery of the attempt has an id of its own, and may be linked to the first.
    execute(&task, &step, own);
    let [first, second] = [0, 1].map(|delivery| capture.spans().iter().nth(delivery).unwrap().clone());
    assert!(second.is_linked_to(&first));
}

/// Held while links are dropped: the process counts them for all tests.
static DROPPING: Mutex<()> = Mutex::new(());

#[test]
fn the_links_of_one_span_are_bounded_and_the_rest_is_counted() {
    let _alone = DROPPING.lock();
    let before = stats().links_over_limit;
    let links = linked_by((1..=200).map(trace_context).collect::<Vec<_>>());
    assert_eq!(links, (1..=128).collect::<Vec<_>>());
    assert_eq!(stats().links_over_limit - before, 72);
}

#[test]
fn the_context_that_a_span_leaves_counts_among_its_links() {
    let _alone = DROPPING.lock();
    let capture = Capture::strict();
    let task = Task::default();
    let before = stats().links_over_limit;
    let messages = (1..=128).map(trace_context).collect::<Vec<_>>();
    tracing::info_span!("request").in_scope(|| execute(&task, &task.step(), messages));
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    assert!(execution.is_linked_to(&spans.named("request").one()));
    assert_eq!(execution.links().len(), 128);
    assert_eq!(stats().links_over_limit - before, 1);
}

#[test]
fn messages_leave_a_place_for_the_link_to_a_root_that_comes_late() {
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        correlation_id = task.correlation_id,
        namespace = "payments",
        late(task_uuid = |created| *created),
        link = messages
    )]
    fn create(task: &Task, messages: &[TraceContext]) -> tasker_span_runtime::Uuid {
        task.task_uuid
    }

    let _alone = DROPPING.lock();
    let capture = Capture::strict();
    let task = Task::default();
    create(&task, &(1..=128).map(trace_context).collect::<Vec<_>>());
    let span = capture.spans().one();
    let root = span.links().last().unwrap();
    assert_eq!(span.links().len(), 128);
    assert_eq!(root.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(root.span_id(), identity::root_span_id(task.task_uuid));
}

#[test]
fn a_panic_of_the_message_s_own_code_does_not_reach_the_function() {
    struct Message;
    impl AsLink for Message {
        fn add_to(&self, links: &mut Links) {
            links.trace_context(&trace_context(1));
            panic!("as the test wants it");
        }
    }
    let before = stats().panics_caught;
    assert_eq!(linked_by(Message), [1]);
    assert!(stats().panics_caught > before);
}

#[test]
fn an_argument_may_be_moved_by_the_body_or_lent_for_the_start() {
    struct Queue(Vec<TraceContext>);
    impl Queue {
        fn last(&mut self) -> Option<TraceContext> {
            self.0.pop()
        }
    }

    #[step_span("step.execution", link = message)]
    fn moves(task: &Task, step: &Step, message: TraceContext) -> TraceContext {
        message
    }

    #[step_span("step.execution", link = queue.last())]
    fn lends(task: &Task, step: &Step, queue: &mut Queue) -> usize {
        queue.0.push(TraceContext::EMPTY);
        queue.0.len()
    }

    let capture = Capture::strict();
    let task = Task::default();
    assert_eq!(moves(&task, &task.step(), trace_context(1)), trace_context(1));
    let mut queue = Queue(vec![trace_context(1), trace_context(2)]);
    assert_eq!(lends(&task, &task.step(), &mut queue), 2);
    let links = capture.spans().iter().map(linked).collect::<Vec<_>>();
    assert_eq!(links, [[1], [2]]);
}

#[tokio::test]
async fn asynchronous_functions_read_the_link_when_they_are_called() {
    #[step_span("step.execution", link = message)]
    async fn asynchronous(task: &Task, step: &Step, message: TraceContext) {
        drop(message);
    }

    #[step_span("step.execution", link = &message)]
    fn returned<'a>(task: &'a Task, step: &'a Step, message: TraceContext) -> impl Future<Output = ()> + 'a {
        drop(message);
        async move {
            let _ = (task, step);
        }
    }

    let capture = Capture::strict();
    let task = Task::default();
    asynchronous(&task, &task.step(), trace_context(1)).await;
    returned(&task, &task.step(), trace_context(2)).await;
    let links = capture.spans().iter().map(linked).collect::<Vec<_>>();
    assert_eq!(links, [[1], [2]]);
}

#[test]
fn blocks_and_task_spans_have_links_as_well() {
    #[task_span("task.state_transition", from = "pending", to = "initializing", link = message)]
    fn transition(task: &Task, message: &TraceContext) {}

    let capture = Capture::strict();
    let (task, message) = (Task::default(), trace_context(1));
    transition(&task, &message);
    let block = task_scope!("task.orchestration", task = task, link = message);
    block.in_scope(|| ());
    let step = task.step();
    let block = step_scope!("step.execution", task = task, step = step, link = message);
    block.in_scope(|| ());
    assert_eq!(capture.spans().len(), 3);
    for span in &capture.spans() {
        assert_eq!(linked(span), [1], "{}", span.name());
    }
}
