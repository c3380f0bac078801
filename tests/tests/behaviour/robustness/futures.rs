//! Futures that are moved, raced, leaked and interleaved, and guards that are dropped in any order: no span stays active.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use tasker_span_tests::prelude::*;

async fn execute_with_yields(task: &Task, step: &Step, yields: u32) {
    let handled = async {
        for _ in 0..yields {
            tokio::task::yield_now().await;
            handle(|| ());
        }
    };
    execute_async(task, step, handled).await;
}

/// No span is active on this thread: a span that inherits finds nothing.
#[track_caller]
fn assert_none_active(capture: &Capture) {
    capture.clear();
    // In strict mode it panics.
    let _ = catch_unwind(|| handle(|| ()));
    assert_eq!(capture.spans().one().uuid("task_uuid"), None, "a span stayed active");
    capture.clear();
}

/// The executions' handlers are its children.
#[track_caller]
fn assert_handlers(spans: &Spans, count: usize) {
    let execution = spans.named("step.execution").one();
    let handlers = spans.named("handler.execution");
    assert_eq!(handlers.len(), count);
    for handler in &handlers {
        assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
        assert_eq!(handler.uuid("step_uuid"), execution.uuid("step_uuid"));
    }
}

#[test]
fn interleaved_siblings_do_not_see_each_other() {
    let capture = Capture::start();
    let tasks = [(); 5].map(|()| Task::default());
    let steps = tasks.each_ref().map(Task::step);
    let futures = tasks
        .iter()
        .zip(&steps)
        .map(|(task, step)| Box::pin(execute_with_yields(task, step, 3)));
    let mut futures = futures.collect::<Vec<_>>();
    while !futures.is_empty() {
        // A yield wakes at once; another order each round.
        futures.reverse();
        futures.retain_mut(|future| poll(future.as_mut()).is_pending());
    }
    for task in &tasks {
        assert_handlers(&capture.spans().of_task(task.task_uuid), 3);
    }
    assert_none_active(&capture);
}

#[test]
fn a_future_may_change_its_thread_at_each_poll() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let mut future: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(execute_with_yields(&task, &step, 6));
    let mut pending = true;
    while pending {
        std::thread::scope(|threads| {
            threads.spawn(|| capture.run(|| pending = poll(future.as_mut()).is_pending()));
        });
    }
    drop(future);
    assert_handlers(&capture.spans(), 6);
    capture.spans().assert_valid();
}

#[test]
fn the_losing_branch_of_a_select_is_cancelled_and_leaves_no_active_span() {
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut slow = Box::pin(execute_async(&task, &step, std::future::pending::<()>()));
        let mut quick = pin!(execute_with_yields(&task, &step, 2));
        poll_fn(|context| {
            assert!(slow.as_mut().poll(context).is_pending());
            quick.as_mut().poll(context)
        })
        .await;
    });
    let executions = capture.spans().named("step.execution");
    assert_eq!(executions.len(), 2);
    let cancelled = executions
        .iter()
        .filter(|span| span.attribute("tasker.cancelled").is_some());
    assert_eq!(cancelled.count(), 1);
    assert_none_active(&capture);
}

#[test]
fn a_leaked_future_loses_its_own_span_alone() {
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    let mut leaked = Box::pin(execute_async(&task, &step, std::future::pending::<()>()));
    assert!(poll(leaked.as_mut()).is_pending());
    std::mem::forget(leaked);
    assert!(capture.spans().is_empty());
    assert_none_active(&capture);
}

#[test]
fn a_span_in_the_destructor_of_a_cancelled_future_is_its_child() {
    struct Submits;
    impl Drop for Submits {
        fn drop(&mut self) {
            submit(|| ());
        }
    }
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    cancel(execute_async(&task, &step, async {
        let _submits = Submits;
        std::future::pending::<()>().await;
    }));
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    assert_eq!(
        spans.named("result.submission").one().parent_span_id(),
        Some(execution.span_id())
    );
    assert_none_active(&capture);
}

#[test]
fn guards_dropped_in_any_order_leave_no_active_span() {
    let capture = Capture::start();
    let (outer, inner) = (Task::default(), Task::default());
    let first = task_scope!("task.audit", within = "task.orchestration", task = outer).enter();
    let second = task_scope!("task.audit", within = "task.orchestration", task = inner).enter();
    drop(first);
    let step = inner.step();
    step_scope!("step.execution", step = step, inherit(correlation_id, namespace)).in_scope(|| ());
    let execution = capture.spans().named("step.execution").one();
    assert_eq!(
        execution.uuid("correlation_id"),
        Some(inner.correlation_id),
        "the inner one is still entered"
    );
    drop(second);
    assert_none_active(&capture);
}

#[test]
fn a_nested_block_on_runs_spawned_work_outside_of_the_span_that_blocks() {
    let capture = Capture::start();
    let (task, other) = (Task::default(), Task::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let others = (other.clone(), other.step());
    execute(&task, &task.step(), || {
        runtime.block_on(async {
            let other = tokio::spawn(async move { execute_with_yields(&others.0, &others.1, 1).await });
            let own = tokio::spawn(async { handle(|| ()) }.in_current_scope());
            other.await.unwrap();
            own.await.unwrap();
        });
        handle(|| ());
    });
    assert_handlers(&capture.spans().of_task(task.task_uuid), 2);
    assert_handlers(&capture.spans().of_task(other.task_uuid), 1);
    assert_none_active(&capture);
}

#[test]
fn a_span_that_is_carried_elsewhere_is_left_with_the_work() {
    let capture = Capture::start();
    let task = Task::default();
    let span = step_scope!("step.execution", task = task, step = task.step());
    let (work, mut future) = span.in_scope(|| {
        let future = Box::pin(async { handle(|| ()) }.in_current_scope());
        (in_current_scope(|| handle(|| ())), future)
    });
    assert!(poll(future.as_mut()).is_ready());
    assert_none_active(&capture);
    work();
    drop(future);
    assert_none_active(&capture);
}

#[test]
fn an_instrumented_span_with_no_parent_or_another_does_not_confuse_the_tree() {
    #[tracing::instrument(parent = None, skip_all)]
    fn detached(work: impl FnOnce()) {
        work();
    }
    #[tracing::instrument(parent = parent, skip_all)]
    fn adopted(parent: &tracing::Span, work: impl FnOnce()) {
        work();
    }
    #[task_span("step.discovery", task_uuid = id, inherit(correlation_id, namespace))]
    fn discover(id: Uuid) {}

    let capture = Capture::start();
    let (task, other) = (Task::default(), Task::default());
    initialize(&task, || detached(|| discover(task.task_uuid)));
    let discovery = capture.spans().named("step.discovery").one();
    assert_eq!(discovery.trace_id(), task.trace_id());
    assert_eq!(discovery.uuid("correlation_id"), Some(task.correlation_id));
    capture.clear();
    initialize(&task, || {
        let parent = tracing::Span::current();
        orchestrate(&other, || {
            tracing::Span::current().follows_from(&parent);
            adopted(&parent, || discover(task.task_uuid));
        });
    });
    let spans = capture.spans();
    let discovery = spans.named("step.discovery").one();
    assert_eq!(discovery.parent_span_id(), Some(spans.named("adopted").one().span_id()));
    assert_eq!(discovery.text("tasker.violation"), None);
}
