//! Executions of unsampled steps, and those that an error has exported.

use super::*;

#[step_span("step.execution")]
fn fail(step: &Dispatch) -> Result<(), &'static str> {
    Err("declined")
}

#[step_span("handler.execution")]
fn fail_in_handler(step: &Dispatch) -> Result<(), &'static str> {
    Err("declined")
}

#[test]
fn an_exported_error_is_under_its_own_execution() {
    let capture = no_steps();
    let first = Dispatch::new();
    let dispatches = [first.clone(), first.generation(1), first.generation(1).continuation(2)];
    begin(&first.task);
    for dispatch in &dispatches {
        run(dispatch, || {
            // Without its enclosing spans.
            let lost = || capture.run(|| fail_in_handler(dispatch));
            std::thread::scope(|threads| threads.spawn(lost).join())
                .unwrap()
                .unwrap_err();
        });
    }
    complete(&first.task);
    let expected: Vec<_> = dispatches.iter().map(Dispatch::id).collect();
    assert_eq!(ids(&executions(&capture)), expected);
    let handlers = capture.spans().named("handler.execution");
    let parents: Vec<_> = handlers.iter().map(|span| span.parent_span_id().unwrap()).collect();
    assert_eq!(parents, expected);
    capture.assert_complete();
}

#[test]
fn a_retry_that_fails_links_to_the_attempt_that_failed_before() {
    let capture = no_steps();
    let first = Dispatch::new();
    fail(&first).unwrap_err();
    fail(&first.attempt(2)).unwrap_err();
    let links: Vec<_> = executions(&capture).iter().map(links_of).collect();
    let link = (first.id(), "previous_attempt".to_owned());
    assert_eq!(links, [vec![], vec![link]]);
}

#[test]
fn an_unsampled_execution_may_be_executed_again() {
    let capture = no_steps();
    let after_reset = Dispatch::new().generation(1);
    after_reset.run();
    fail(&after_reset).unwrap_err();
    assert_eq!(ids(&executions(&capture)), [after_reset.id()]);
    fail(&after_reset).unwrap_err();
    let spans = executions(&capture);
    assert!(spans[1].attribute("tasker.attempt_repeated").is_some());
    assert_ne!(spans[1].span_id(), after_reset.id());
}

#[test]
fn spans_that_are_cut_off_follow_the_decision_of_their_execution() {
    let capture = Capture::builder().sampling(Sampling::new().step_rate(0.5)).start();
    let first = Dispatch::new();
    for dispatch in [first.clone(), first.generation(1), first.continuation(2)] {
        dispatch.run();
        handle_dispatch(&dispatch);
    }
    let spans = capture.spans();
    let handlers = spans.named("handler.execution").len();
    assert_eq!(handlers, executions(&capture).len());
    assert!(handlers == 0 || handlers == 3);
}
