//! Which values of an annotated function are dropped inside its span, and in which order: as without a span. The span of
//! a function without a value ends before its parameters.

use std::cell::RefCell;
use std::rc::Rc;

use tasker_span_tests::prelude::*;

type Log = Rc<RefCell<Vec<(&'static str, bool)>>>;

/// Notes whether it is dropped inside a span.
struct Probe(&'static str, Log);

impl Drop for Probe {
    fn drop(&mut self) {
        let is_inside = tracing::Span::current().metadata().is_some();
        self.1.borrow_mut().push((self.0, is_inside));
    }
}

macro_rules! body {
    ($parameter:ident, $last:expr) => {{
        let _local = Probe("local", Rc::clone(&$parameter.1));
        let _later = Probe("later local", Rc::clone(&$parameter.1));
        drop(Probe("temporary", Rc::clone(&$parameter.1)));
        $last
    }};
}

#[allow(clippy::needless_pass_by_value, reason = "it is what this tests")]
#[task_span("task.orchestration")]
fn unit(task: &Task, parameter: Probe, _unused: Probe) {
    body!(parameter, ())
}

#[task_span("task.orchestration")]
fn value(task: &Task, parameter: Probe, _unused: Probe) -> i32 {
    body!(parameter, task.priority)
}

#[task_span("task.orchestration")]
async fn future(task: &Task, parameter: Probe, _unused: Probe) -> i32 {
    body!(parameter, task.priority)
}

#[task_span("task.orchestration")]
async fn pending(task: &Task, parameter: Probe, _unused: Probe) {
    let _local = Probe("local", Rc::clone(&parameter.1));
    std::future::pending::<()>().await;
    assert!(task.priority > 0);
}

fn log_of(work: impl FnOnce(&Task, Probe, Probe)) -> Vec<(&'static str, bool)> {
    let _capture = Capture::start();
    let log = Log::default();
    work(
        &Task::default(),
        Probe("parameter", Rc::clone(&log)),
        Probe("unused", Rc::clone(&log)),
    );
    log.take()
}

const LOCALS: [(&str, bool); 3] = [("temporary", true), ("later local", true), ("local", true)];

#[test]
fn without_a_value_parameters_outlive_the_span() {
    let log = log_of(unit);
    assert_eq!(log[..3], LOCALS);
    assert_eq!(log[3..], [("unused", false), ("parameter", false)]);
}

#[test]
fn with_a_value_and_in_a_future_the_parameters_that_the_body_uses_belong_to_it() {
    for log in [
        log_of(|task, parameter, unused| assert_eq!(value(task, parameter, unused), 3)),
        log_of(|task, parameter, unused| assert_eq!(finish(future(task, parameter, unused)), 3)),
    ] {
        assert_eq!(log[..3], LOCALS);
        assert_eq!(log[3..], [("parameter", true), ("unused", false)]);
    }
}

#[test]
fn a_future_that_is_dropped_drops_inside_its_span() {
    let log = log_of(|task, parameter, unused| {
        cancel(pending(task, parameter, unused));
    });
    assert_eq!(log, [("local", true), ("parameter", true), ("unused", false)]);
}
