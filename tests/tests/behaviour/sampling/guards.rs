//! Unsampled spans and the ways in which they are left: guards, early returns, threads, panics, depth.

use tasker_span_tests::prelude::*;

/// The handler's parent is the execution, and both are of this step.
fn assert_handled_in(capture: &Capture, step: &Step) {
    let spans = capture.spans();
    let [execution, handler] = ["step.execution", "handler.execution"].map(|name| spans.named(name).one());
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    for span in [execution, handler] {
        assert_eq!(span.uuid("step_uuid"), Some(step.workflow_step_uuid));
    }
}

#[test]
fn a_guard_that_leaves_the_function_does_not_enclose_it() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    let other = execute(&task, &second, || step_scope!("result.submission", inherit));
    execute(&task, &first, || {
        let mut guard = None;
        let handled = try_handle(|| {
            guard = Some(other.enter());
            Err("failed")
        });
        handled.unwrap_err();
    });
    assert_handled_in(&capture, &first);
}

#[test]
fn a_guard_that_is_dropped_inside_a_function_enclosed_it() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    let other = execute(&task, &second, || step_scope!("result.submission", inherit));
    let outer = step_scope!("step.execution", step = first, task = task).enter();
    let mut guard = None;
    let failed = try_handle(|| {
        guard = Some(other.enter());
        drop(outer);
        Err("failed")
    });
    failed.unwrap_err();
    drop(guard);
    assert_handled_in(&capture, &first);
}

#[test]
fn functions_that_return_early_or_never_leave_no_active_span() {
    #[step_span("handler.execution", inherit)]
    fn handle_for_ever(work: impl FnOnce()) -> ! {
        work();
        std::panic::resume_unwind(Box::new(()))
    }
    #[step_span("result.submission", inherit)]
    fn submit_if(submits: bool) {
        if !submits {
            return;
        }
        submit(|| ());
    }

    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        submit_if(false);
        submit_if(true);
        catch_unwind(|| handle_for_ever(|| submit_if(false))).unwrap_err();
        submit_if(false);
        assert!(TraceContext::current().span_id().is_some());
    });
    let spans = capture.spans();
    assert_eq!(spans.names(), ["step.execution", "handler.execution"]);
    assert_eq!(spans.named("handler.execution").one().error_type(), Some("panic"));
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
}

#[test]
fn a_future_may_change_its_thread_at_each_poll() {
    let capture = no_steps();
    let task = Task::default();
    let (outer, own) = (task.step(), task.step());
    let work = async {
        for _ in 0..5 {
            handle(|| ());
            tokio::task::yield_now().await;
        }
        fail();
    };
    let mut later = Box::pin(execute_async(&task, &own, work));
    let mut pending = true;
    while pending {
        std::thread::scope(|threads| {
            let work = || capture.run(|| pending = execute(&task, &outer, || poll(later.as_mut()).is_pending()));
            threads.spawn(work).join().unwrap();
        });
    }
    let spans = capture.spans();
    let execution = spans
        .named("step.execution")
        .with("step_uuid", own.workflow_step_uuid)
        .one();
    let handler = spans.named("handler.execution").one();
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
}

#[test]
fn the_innermost_of_many_may_fail() {
    fn nest(depth: u32) {
        if depth == 0 { fail() } else { submit(|| nest(depth - 1)) }
    }
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || nest(40));
    let spans = capture.spans();
    assert_eq!(spans.len(), 42);
    let mut span = spans.named("handler.execution").one();
    for _ in 0..41 {
        let parent = span.parent_span_id();
        span = spans.filter(|other| Some(other.span_id()) == parent).one();
    }
    assert_eq!(span.name(), "step.execution");
    capture.clear();
    // Deeper than a span's record of its ancestors.
    execute(&task, &task.step(), || nest(500));
    assert!(!capture.spans().named("handler.execution").is_empty());
}

#[test]
fn code_that_unwinds_may_succeed() {
    struct Cleans<'a>(&'a Task);
    impl Drop for Cleans<'_> {
        fn drop(&mut self) {
            execute(self.0, &self.0.step(), || {
                submit(|| ());
                try_handle(|| Ok::<(), &str>(())).unwrap();
            });
        }
    }
    let capture = no_steps();
    let task = Task::default();
    let unwinds = || {
        let _cleans = Cleans(&task);
        std::panic::resume_unwind(Box::new(()));
    };
    catch_unwind(AssertUnwindSafe(unwinds)).unwrap_err();
    assert!(capture.spans().is_empty());
}
