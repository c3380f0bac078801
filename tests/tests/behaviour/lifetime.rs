//! When a span ends: with its function, even if other code holds the span or works inside it.

mod forgotten;
mod turns;

use std::time::{Duration, SystemTime};

use tasker_span_tests::prelude::*;
use tracing::{Instrument, Span};

const WORK: Duration = Duration::from_millis(20);

fn wait() {
    std::thread::sleep(WORK);
}

/// Captures that start one after the other, and whether they sample: of local spans, of promoted ones, of unsampled ones.
const CAPTURES: [(fn() -> Capture, bool); 3] = [
    (Capture::start, true),
    (|| Capture::builder().visible().start(), true),
    (no_tasks, false),
];

/// The execution is exported already, once, and lasted no longer than its work.
fn assert_ended(capture: &Capture, returned: SystemTime) -> CapturedSpan {
    let execution = capture.spans().named("step.execution").one();
    assert!(execution.duration() >= WORK, "{:?}", execution.duration());
    let late = execution.end().duration_since(returned).unwrap_or_default();
    assert!(late < WORK, "it ended {late:?} after its work");
    execution
}

#[step_span("step.execution")]
fn try_execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> Result<(), R> {
    Err(work())
}

#[test]
fn a_span_ends_with_its_function_although_its_tracing_span_is_held() {
    for (start, _) in CAPTURES {
        let capture = start();
        let task = Task::default();
        let held = try_execute(&task, &task.step(), || {
            wait();
            [Span::current(), Span::current().clone()]
        });
        let (held, returned) = (held.unwrap_err(), SystemTime::now());
        assert_ended(&capture, returned);
        wait();
        let [first, second] = held;
        first.in_scope(|| tracing::error!("too late"));
        first.record("namespace", "too late");
        drop((first, second));
        let execution = assert_ended(&capture, returned);
        assert!(execution.events().is_empty(), "{:?}", execution.events());
        assert_eq!(execution.text("namespace"), Some("payments"));
    }
}

#[test]
fn a_span_ends_with_its_function_although_work_goes_on_inside_it() {
    for (start, is_sampled) in CAPTURES {
        let capture = start();
        let task = Task::default();
        let mut works: Vec<Box<dyn FnOnce() + Send>> = Vec::new();
        let result = try_execute(&task, &task.step(), || {
            works.push(Box::new(in_current_scope(fail)));
            let future = async { fail() }.in_current_scope();
            works.push(Box::new(|| finish(future)));
            let future = async { fail() }.in_current_span();
            works.push(Box::new(|| finish(future)));
            let future = async { fail() }.instrument(tracing::info_span!("other code"));
            works.push(Box::new(|| finish(future)));
            wait();
        });
        result.unwrap_err();
        let returned = SystemTime::now();
        assert_ended(&capture, returned);
        for work in works {
            let dispatch = capture.dispatch().clone();
            let work = move || tracing::dispatcher::with_default(&dispatch, work);
            std::thread::spawn(work).join().unwrap();
        }
        let execution = assert_ended(&capture, returned);
        let spans = capture.spans();
        let handlers = spans.named("handler.execution");
        assert_eq!(handlers.len(), 4);
        let parents: Vec<_> = handlers.iter().map(CapturedSpan::parent_span_id).collect();
        let of_other_code = usize::from(is_sampled);
        let of_execution = parents.iter().filter(|parent| **parent == Some(execution.span_id()));
        assert_eq!(of_execution.count(), 4 - of_other_code, "{spans:?}");
        assert!(handlers.iter().all(|handler| handler.trace_id() == task.trace_id()));
    }
}

#[test]
fn a_success_is_exported_if_work_that_outlives_it_fails() {
    let capture = no_tasks();
    let task = Task::default();
    let work = execute(&task, &task.step(), || {
        wait();
        in_current_scope(fail)
    });
    let returned = SystemTime::now();
    assert!(capture.spans().is_empty());
    wait();
    work();
    let execution = assert_ended(&capture, returned);
    assert!(!execution.is_error());
}
