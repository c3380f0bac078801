//! Spans that begin in one place and end in another.

mod random;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tasker_span_runtime::{DetachedSpan, Failure};
use tasker_span_tests::prelude::*;

/// The host's answer to an event.
type Answer = Result<(), String>;

/// Steps that a host in another language executes.
#[derive(Default)]
struct Host {
    pending: Mutex<HashMap<Uuid, DetachedSpan>>,
}

impl Host {
    fn dispatch(&self, task: &Task, step: &Step) -> TraceContext {
        let span = begin_execution(task, step);
        let context = span.trace_context();
        self.pending.lock().unwrap().insert(step.workflow_step_uuid, span);
        context
    }

    fn complete(&self, step: &Step, answer: &Answer) {
        let span = self.pending.lock().unwrap().remove(&step.workflow_step_uuid);
        let span = span.expect("the step was dispatched");
        span.in_scope(|| {
            tracing::info!("answered");
            submit(|| ());
        });
        span.end_with(answer);
    }
}

fn begin_execution(task: &Task, step: &Step) -> DetachedSpan {
    step_scope!("step.execution", task = task, step = step).detach()
}

fn on_another_thread<R: Send>(capture: &Capture, work: impl FnOnce() -> R + Send) -> R {
    let dispatch = capture.dispatch();
    std::thread::scope(|scope| {
        let work = || tracing::dispatcher::with_default(dispatch, work);
        scope.spawn(work).join().unwrap()
    })
}

#[test]
fn a_step_is_dispatched_here_and_completed_on_another_thread() {
    let capture = Capture::strict();
    let (task, step, host) = (Task::default(), Task::default().step(), Host::default());
    let context = host.dispatch(&task, &step);
    assert!(capture.spans().is_empty());
    assert!(!in_a_span());
    assert_eq!(context.trace_id(), Some(task.trace_id()));
    assert_eq!(context.span_id(), Some(step.execution_id()));
    assert!(context.is_sampled());

    on_another_thread(&capture, || host.complete(&step, &Ok(())));
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    assert_eq!(execution.span_id(), step.execution_id());
    assert!(!execution.is_error());
    assert_eq!(execution.events().len(), 1);
    let submission = spans.children_of(&execution).one();
    assert_eq!(submission.name(), "result.submission");
    assert_eq!(submission.uuid("correlation_id"), Some(task.correlation_id));
    spans.assert_valid();
}

fn in_a_span() -> bool {
    !TraceContext::current().is_empty()
}

#[test]
fn its_outcome_is_that_of_the_answer() {
    type End = fn(DetachedSpan);
    let ends: [(End, Option<&str>); 5] = [
        (DetachedSpan::end, None),
        (|span| span.end_with(&Ok::<(), String>(())), None),
        (
            |span| span.end_with(&Err::<(), _>("declined".to_owned())),
            Some("alloc::string::String"),
        ),
        (
            |span| span.end_with(&Failure::new("card_declined")),
            Some("card_declined"),
        ),
        (
            |span| span.end_with(&Err::<(), _>(Failure::new("card_declined"))),
            Some("card_declined"),
        ),
    ];
    for (end, error_type) in ends {
        let capture = Capture::strict();
        let task = Task::default();
        end(begin_execution(&task, &task.step()));
        let execution = capture.spans().one();
        assert_eq!(execution.error_type(), error_type);
        assert_eq!(execution.is_error(), error_type.is_some());
        assert_eq!(execution.attribute("tasker.cancelled"), None);
    }
}

#[test]
fn without_an_end_it_is_cancelled() {
    let ends: [fn(DetachedSpan); 3] = [drop, DetachedSpan::cancel, |span| drop([span])];
    for end in ends {
        for start in [Capture::strict, no_steps] {
            let capture = start();
            let task = Task::default();
            end(begin_execution(&task, &task.step()));
            let execution = capture.spans().named("step.execution").one();
            assert_eq!(execution.attribute("tasker.cancelled"), Some(&true.into()));
            assert!(!execution.is_error());
        }
    }
}

/// A panic unwinds through code in the span: this is not its end.
#[test]
fn a_panic_inside_is_not_its_end() {
    let capture = Capture::strict();
    let task = Task::default();
    let span = begin_execution(&task, &task.step());
    let result = catch_unwind(AssertUnwindSafe(|| span.in_scope(|| panic!("on purpose"))));
    assert!(result.is_err() && !in_a_span());
    span.end();
    assert!(!capture.spans().one().is_error());
}

#[test]
fn an_unsampled_one_has_a_valid_context_and_fails_like_any_other() {
    let capture = no_steps();
    let (task, host) = (Task::default(), Host::default());
    let [succeeds, fails] = [task.step(), task.step()];
    for step in [&succeeds, &fails] {
        let context = host.dispatch(&task, step);
        let traceparent = context.traceparent().expect("a valid header");
        let expected = format!("00-{}-{}-00", task.trace_id(), step.execution_id());
        assert_eq!(traceparent, expected);
    }
    on_another_thread(&capture, || {
        host.complete(&succeeds, &Ok(()));
        host.complete(&fails, &Err("declined".to_owned()));
    });
    let execution = capture.spans().one();
    assert_eq!(execution.span_id(), fails.execution_id());
    assert_eq!(execution.text("tasker.sampled_by"), Some("error"));
}

#[test]
fn work_inside_it_may_go_on_anywhere_and_after_its_end() {
    let starts: [fn() -> Capture; 2] = [Capture::strict, || Capture::builder().visible().start()];
    for start in starts {
        let capture = start();
        let task = Task::default();
        let step = task.step();
        let span = begin_execution(&task, &step);
        let future = span.instrument(async {
            handle(|| tracing::info!("in the handler"));
            std::future::ready(()).await;
        });
        let inner = span.in_scope(|| in_current_scope(|| handle(|| ())));
        on_another_thread(&capture, || finish(future));
        span.end();
        on_another_thread(&capture, inner);
        let spans = capture.spans();
        assert_eq!(spans.named("step.execution").len(), 1);
        let handlers = spans.named("handler.execution");
        assert_eq!(handlers.len(), 2);
        let mut parents = handlers.iter().map(CapturedSpan::parent_span_id);
        assert!(parents.all(|parent| parent == Some(step.execution_id())));
    }
}

/// Ids and the `tracing` side are those of one span.
#[test]
fn it_may_be_promoted_in_any_of_its_scopes() {
    use tracing_opentelemetry::OpenTelemetrySpanExt;
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let span = begin_execution(&task, &step);
    for round in 0..3 {
        on_another_thread(&capture, || {
            span.in_scope(|| {
                let current = tracing::Span::current();
                current.set_attribute(["first", "second", "third"][round], true);
                tracing::info_span!("other code").in_scope(|| tracing::info!("seen"));
            });
        });
    }
    span.end();
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    for name in ["first", "second", "third"] {
        assert_eq!(execution.attribute(name), Some(&true.into()), "{name}");
    }
    assert_eq!(spans.named("other code").len(), 3);
    assert_eq!(spans.children_of(&execution).len(), 3);
}

#[test]
fn it_learns_late_attributes_in_its_scope() {
    let capture = Capture::strict();
    let task = Task::default();
    let span = step_scope!(
        "step.execution",
        step = task.step(),
        task_uuid = task.task_uuid,
        late(correlation_id, namespace),
    )
    .detach();
    span.in_scope(|| span_record!(subject = task));
    span.end();
    let execution = capture.spans().one();
    assert_eq!(execution.uuid("correlation_id"), Some(task.correlation_id));
}

/// What an error in the host needs: the path above it.
#[test]
fn the_spans_around_its_beginning_are_exported_with_its_error() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    let span = execute(&task, &step, || step_scope!("handler.execution", inherit).detach());
    assert!(capture.spans().is_empty());
    on_another_thread(&capture, || span.end_with(&Err::<(), _>("declined")));
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    assert!(!execution.is_error());
    assert_eq!(spans.children_of(&execution).one().name(), "handler.execution");
}

#[test]
fn it_is_small_and_shared_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<DetachedSpan>();
    assert_eq!(size_of::<DetachedSpan>(), size_of::<usize>());

    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let span = Arc::new(begin_execution(&task, &step));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let work = || (0..50).for_each(|_| span.in_scope(|| handle(|| ())));
                tracing::dispatcher::with_default(capture.dispatch(), work);
            });
        }
    });
    let span = Arc::into_inner(span).expect("its threads have ended");
    span.end();
    assert_eq!(capture.spans().named("handler.execution").len(), 200);
}

#[test]
fn thousands_are_ended_in_any_order() {
    let capture = Capture::start();
    let task = Task::default();
    let mut spans: Vec<_> = (0..4_000).map(|_| begin_execution(&task, &task.step())).collect();
    let others = spans.split_off(2_000);
    on_another_thread(&capture, move || others.into_iter().rev().for_each(DetachedSpan::end));
    spans.into_iter().for_each(drop);
    let executions = capture.spans().named("step.execution");
    assert_eq!(executions.len(), 4_000);
    assert_eq!(executions.with("tasker.cancelled", true).len(), 2_000);
}

#[test]
fn without_a_subscriber_it_is_nothing() {
    let task = Task::default();
    let span = begin_execution(&task, &task.step());
    assert_eq!(span.in_scope(|| 3), 3);
    assert!(!span.trace_context().is_sampled());
    span.end_with(&Err::<(), _>("declined"));
}
