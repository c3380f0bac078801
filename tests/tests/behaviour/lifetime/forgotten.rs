//! Guards that are forgotten: their spans stay active for ever.

use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

/// So many that walks over all of them, or a recursion, would not go unnoticed.
const FORGOTTEN: usize = 20_000;

fn forget(task: &Task) {
    for _ in 0..FORGOTTEN {
        let step = task.step();
        std::mem::forget(step_scope!("handler.execution", step = step, task = task).enter());
    }
}

/// Runs spans of all kinds, which the forgotten spans of `task` enclose.
fn spans_are_right(capture: &Capture, of_forgotten: &Task, task: &Task) {
    capture.clear();
    let step = task.step();
    let inside = execute(task, &step, || {
        transition(task, "steps_in_process", "evaluating_results", || handle(|| ()));
        tracing::info_span!("other code").in_scope(|| submit_step(task, &step, || ()));
        tracing::info!("logged");
        TraceContext::current()
    });
    assert_eq!(inside.trace_id(), Some(task.trace_id()));
    let after = TraceContext::current();
    assert_eq!(after.trace_id(), Some(of_forgotten.trace_id()));
    let spans = capture.spans();
    if !inside.is_sampled() {
        assert!(spans.is_empty(), "{spans:?}");
        return;
    }
    let [execution, transition, handler, other, submission] = [
        "step.execution",
        "task.state_transition",
        "handler.execution",
        "other code",
        "result.submission",
    ]
    .map(|name| spans.named(name).one());
    // The forgotten spans of a task are its spans' parents. Spans of another task have that task's root.
    let expected = if of_forgotten.task_uuid == task.task_uuid {
        after.span_id()
    } else {
        Some(task.root_id())
    };
    assert_eq!(execution.parent_span_id(), expected);
    assert_eq!(inside.span_id(), Some(execution.span_id()));
    let children = [
        (&transition, &execution),
        (&handler, &transition),
        (&other, &execution),
        (&submission, &other),
    ];
    for (child, parent) in children {
        assert_eq!(child.parent_span_id(), Some(parent.span_id()), "{}", child.name());
    }
    for span in &spans {
        assert_eq!(span.trace_id(), task.trace_id(), "{}", span.name());
    }
    assert_eq!(execution.events().len(), 1);
}

fn later_spans_are_right(capture: &Capture) {
    let task = Task::default();
    forget(&task);
    for other in [&task, &Task::default()] {
        spans_are_right(capture, &task, other);
        // Promoted or not.
        drop(tracing::Span::current());
        spans_are_right(capture, &task, other);
    }
}

#[test]
fn spans_inside_forgotten_ones_have_their_positions() {
    process::alone(|| later_spans_are_right(&Capture::start()));
}

#[test]
fn spans_inside_forgotten_unsampled_ones_have_their_positions() {
    process::alone(|| later_spans_are_right(&no_tasks()));
}

/// The guards are on the stack of another thread, which ends.
#[test]
fn forgotten_spans_end_with_their_thread() {
    let capture = Capture::start();
    let task = Task::default();
    let work =
        || capture.run(|| std::mem::forget(step_scope!("result.submission", step = task.step(), task = task).enter()));
    std::thread::scope(|threads| threads.spawn(work).join()).unwrap();
    let submission = capture.spans().one();
    assert!(!submission.is_error());
    assert_eq!(submission.trace_id(), task.trace_id());
}
