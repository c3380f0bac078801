//! Executions whose worker was lost.

use std::time::SystemTime;

use super::*;

fn lose(dispatch: &Dispatch) {
    record_lost_attempt(dispatch, SystemTime::now());
}

#[test]
fn a_lost_execution_has_its_generation_and_continuation() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    let dispatches = [first.generation(1), first.generation(1).continuation(2), first.clone()];
    dispatches.iter().for_each(lose);
    let spans = executions(&capture);
    let expected: Vec<_> = dispatches.iter().map(Dispatch::id).collect();
    assert_eq!(ids(&spans), expected);
    let numbers = spans
        .iter()
        .map(|span| (span.integer("generation"), span.integer("continuation")));
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        [(Some(1), None), (Some(1), Some(2)), (None, None)]
    );
    capture.spans().assert_valid();
}

#[test]
fn a_lost_execution_is_recorded_once_and_not_after_it_has_run() {
    let capture = Capture::strict();
    let after_reset = Dispatch::new().generation(1);
    lose(&after_reset);
    lose(&after_reset);
    assert_eq!(executions(&capture).len(), 1);
    after_reset.attempt(2).run();
    lose(&after_reset.attempt(2));
    assert_eq!(executions(&capture).len(), 2);
}

#[test]
fn a_lost_attempt_links_to_the_one_before() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    first.run();
    lose(&first.attempt(2));
    lose(&first.generation(1));
    first.generation(1).attempt(2).run();
    let links: Vec<_> = executions(&capture).iter().map(links_of).collect();
    let expected = [
        vec![],
        vec![(first.id(), "previous_attempt".to_owned())],
        vec![(first.attempt(2).id(), "previous_generation".to_owned())],
        vec![(first.generation(1).id(), "previous_attempt".to_owned())],
    ];
    assert_eq!(links, expected);
}

#[test]
fn a_lost_attempt_is_before_its_successor() {
    let first = Dispatch::new();
    let after_reset = first.generation(1);
    for (lost, successor) in [
        (after_reset.clone(), after_reset.attempt(2)),
        (first.attempt(3), after_reset.clone()),
        (first.continuation(2), first.attempt(2)),
        (first.clone(), first.continuation(2)),
        // This process has had none of those in between.
        (first.clone(), first.generation(2)),
        (first.clone(), first.attempt(2).continuation(2)),
        (first.clone(), after_reset.continuation(2)),
        (first.clone(), after_reset.attempt(2)),
        (after_reset.clone(), after_reset.attempt(3).continuation(2)),
        (after_reset.continuation(3), first.generation(4_000_000)),
    ] {
        let capture = Capture::strict();
        run(&successor, || {
            lose(&lost);
            let submit = || step_scope!("result.submission", step_uuid = lost.step.workflow_step_uuid, inherit);
            let cut_off = || capture.run(|| submit().in_scope(|| ()));
            std::thread::scope(|threads| threads.spawn(cut_off).join()).unwrap();
        });
        let spans = capture.spans();
        let lost = spans.filter(|span| span.span_id() == lost.id()).one();
        assert!(links_of(&lost).iter().all(|(id, _)| *id != successor.id()));
        let submission = capture.spans().named("result.submission").one();
        assert_eq!(
            submission.parent_span_id(),
            Some(successor.id()),
            "it stays the current one"
        );
    }
}

/// Lost attempts are found in any order.
#[test]
fn the_latest_of_several_lost_attempts_stays_the_current_one() {
    let first = Dispatch::new();
    let (later, latest) = (first.generation(1), first.generation(3).continuation(2));
    let capture = Capture::strict();
    [&later, &latest, &first, &later.attempt(2)].into_iter().for_each(lose);
    step_scope!("result.submission", step_uuid = first.step.workflow_step_uuid, inherit).in_scope(|| ());
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.parent_span_id(), Some(latest.id()));
}

#[test]
fn a_lost_execution_with_false_numbers_is_counted() {
    let capture = Capture::start();
    let before = stats();
    lose(&Dispatch::new().generation(-1));
    lose(&Dispatch::new().continuation(0));
    assert!(capture.spans().is_empty());
    assert!(stats().since(&before).attempts_out_of_range >= 2);
}

#[test]
fn the_name_of_a_lost_step_is_the_subjects_or_the_caches() {
    #[derive(SpanFields)]
    struct Named<'a> {
        #[span(nested(
            task_uuid,
            step_uuid,
            handler_name,
            attempt_number,
            correlation_id,
            namespace,
            generation,
            continuation
        ))]
        dispatch: &'a Dispatch,
        step_name: Option<&'a str>,
    }
    let capture = Capture::strict();
    let dispatch = Dispatch::new().generation(1);
    for (dispatch, step_name) in [(&dispatch, Some("batch_1")), (&dispatch.attempt(2), None)] {
        record_lost_attempt(&Named { dispatch, step_name }, SystemTime::now());
    }
    let spans = executions(&capture);
    assert_eq!(ids(&spans), [dispatch.id(), dispatch.attempt(2).id()]);
    let names: Vec<_> = spans.iter().map(|span| span.text("step_name")).collect();
    assert_eq!(names, [Some("batch_1"); 2]);
}
