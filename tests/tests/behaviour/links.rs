//! The links of a span: `link = …`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

#[step_span("step.execution", link = link)]
fn receive(task: &Task, step: &Step, link: impl AsLink) {}

fn sender(span_id: u64) -> TraceContext {
    remote(0xaa, span_id)
}

fn senders(count: u64) -> Vec<TraceContext> {
    (1..=count).map(sender).collect()
}

/// The linked spans, all of which are in the trace of [`sender`].
fn linked(span: &CapturedSpan) -> Vec<u64> {
    let links = span.links().iter().map(|link| {
        assert_eq!(link.trace_id().to_u128(), 0xaa);
        link.span_id().to_u64()
    });
    links.collect()
}

/// The links of each span so far.
fn all_linked(capture: &Capture) -> Vec<Vec<u64>> {
    capture.spans().iter().map(linked).collect()
}

/// The links of an execution with this link.
fn linked_by(link: impl AsLink) -> Vec<u64> {
    let capture = Capture::strict();
    let task = Task::default();
    receive(&task, &task.step(), link);
    linked(&capture.spans().one())
}

#[test]
fn a_span_is_linked_to_the_sender_and_keeps_its_derived_parent() {
    let capture = Capture::strict();
    let task = Task::default();
    receive(&task, &task.step(), sender(0xbb));
    let span = capture.spans().one();
    assert_eq!(linked(&span), [0xbb]);
    assert_eq!(
        (span.trace_id(), span.parent_span_id()),
        (task.trace_id(), Some(task.root_id()))
    );
}

#[test]
fn everything_with_trace_contexts_is_a_link() {
    struct Message(TraceContext);
    impl AsLink for Message {
        fn add_to(&self, links: &mut Links) {
            links.trace_context(&self.0);
        }
    }
    let [a, b] = [sender(1), sender(2)];
    assert_eq!(linked_by(&a), [1]);
    let mut borrowed = a.clone();
    assert_eq!(linked_by(&mut borrowed), [1]);
    assert_eq!(borrowed, a);
    assert_eq!(linked_by(Message(a.clone())), [1]);
    assert_eq!(linked_by(Some(&a)), [1]);
    assert_eq!(linked_by(Box::new(a.clone())), [1]);
    assert_eq!(linked_by(Rc::new(a.clone())), [1]);
    assert_eq!(linked_by(Arc::new(a.clone())), [1]);
    assert_eq!(linked_by(Cow::Borrowed(&a)), [1]);
    assert_eq!(linked_by([&a, &b]), [1, 2]);
    assert_eq!(linked_by(vec![Message(b.clone()), Message(a.clone())]), [2, 1]);
    assert_eq!(linked_by([a, b].as_slice()), [1, 2]);
    assert!(linked_by(TraceContext::EMPTY).is_empty());
    assert!(linked_by(None::<TraceContext>).is_empty());
    assert!(linked_by(Vec::<TraceContext>::new()).is_empty());
}

#[test]
fn a_sender_is_linked_once_even_if_it_is_the_current_context() {
    assert_eq!(linked_by([sender(1), sender(2), sender(1)]), [1, 2]);
    let _request = sender(1).context().attach();
    assert_eq!(linked_by([sender(1), sender(2)]), [1, 2]);
}

#[test]
fn a_span_is_never_linked_to_itself() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let own = remote(task.trace_id().to_u128(), step.execution_id().to_u64());
    receive(&task, &step, [&own, &sender(1)]);
    assert_eq!(linked(&capture.spans().one()), [1]);

    // A second delivery of the attempt has an id of its own, and may be linked to the first.
    receive(&task, &step, own);
    let spans = capture.spans();
    let [first, second] = [0, 1].map(|delivery| &spans.iter().as_slice()[delivery]);
    assert!(second.is_linked_to(first));
}

#[test]
fn a_span_has_128_links_and_counts_the_rest() {
    process::alone(|| {
        assert_eq!(linked_by(senders(200)), (1..=128).collect::<Vec<_>>());
        assert_eq!(stats().links_over_limit, 72);

        let capture = Capture::strict();
        let task = Task::default();
        tracing::info_span!("request").in_scope(|| receive(&task, &task.step(), senders(128)));
        let spans = capture.spans();
        let execution = spans.named("step.execution").one();
        assert!(
            execution.is_linked_to(&spans.named("request").one()),
            "the enclosing context has a link"
        );
        assert_eq!(execution.links().len(), 128);
        assert_eq!(stats().links_over_limit, 73);
    });
}

#[test]
fn messages_leave_room_for_the_link_to_a_root_that_comes_late() {
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        correlation_id = task.correlation_id,
        namespace = "payments",
        late(task_uuid = |created| *created),
        link = messages
    )]
    fn create(task: &Task, messages: &[TraceContext]) -> Uuid {
        // It stays with its caller.
        drop(TraceContext::current());
        task.task_uuid
    }

    let capture = Capture::strict();
    let task = Task::default();
    create(&task, &senders(128));
    let span = capture.spans().one();
    assert_eq!(span.links().len(), 128);
    let root = span.links().last().unwrap();
    assert_eq!((root.trace_id(), root.span_id()), (task.trace_id(), task.root_id()));
}

#[test]
fn a_panic_in_the_code_of_a_message_does_not_reach_the_function() {
    struct Message;
    impl AsLink for Message {
        fn add_to(&self, links: &mut Links) {
            links.trace_context(&sender(1));
            panic!("as the test wants it");
        }
    }
    let before = stats();
    assert_eq!(linked_by(Message), [1]);
    assert!(stats().since(&before).panics_caught >= 1);
}

#[test]
fn an_argument_may_be_moved_by_the_body_or_borrowed_for_the_start() {
    #[step_span("step.execution", link = message)]
    fn moves(task: &Task, step: &Step, message: TraceContext) -> TraceContext {
        message
    }

    #[step_span("step.execution", link = queue.pop())]
    fn borrows(task: &Task, step: &Step, queue: &mut Vec<TraceContext>) -> usize {
        queue.push(TraceContext::EMPTY);
        queue.len()
    }

    let capture = Capture::strict();
    let task = Task::default();
    assert_eq!(moves(&task, &task.step(), sender(1)), sender(1));
    assert_eq!(borrows(&task, &task.step(), &mut senders(2)), 2);
    assert_eq!(all_linked(&capture), [[1], [2]]);
}

#[test]
fn asynchronous_functions_read_the_link_when_they_are_called() {
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
    finish(asynchronous(&task, &task.step(), sender(1)));
    finish(returned(&task, &task.step(), sender(2)));
    assert_eq!(all_linked(&capture), [[1], [2]]);
}

#[test]
fn blocks_and_task_spans_have_links_as_well() {
    #[task_span("task.state_transition", from = "pending", to = "initializing", link = message)]
    fn begin(task: &Task, message: &TraceContext) {}

    let capture = Capture::strict();
    let (task, message) = (Task::default(), sender(1));
    begin(&task, &message);
    task_scope!("task.orchestration", task = task, link = message).in_scope(|| ());
    let step = task.step();
    step_scope!("step.execution", task = task, step = step, link = message).in_scope(|| ());
    assert_eq!(all_linked(&capture), [[1], [1], [1]]);
}
