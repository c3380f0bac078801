//! Attempts that a process executes twice, because a message was delivered again, or a reset has no generation.

use super::*;

#[test]
fn a_second_execution_of_an_attempt_is_told_apart_and_counted() {
    for dispatch in [
        Dispatch::new(),
        Dispatch::new().attempt(2),
        Dispatch::new().generation(1),
        Dispatch::new().continuation(2),
    ] {
        let capture = Capture::strict();
        let before = stats();
        dispatch.run();
        assert_eq!(capture.spans().one().attribute("tasker.attempt_repeated"), None);
        dispatch.run();
        let spans = executions(&capture);
        assert_eq!(spans[0].span_id(), dispatch.id());
        assert_ne!(spans[1].span_id(), dispatch.id());
        let repeated = spans[1].attribute("tasker.attempt_repeated");
        assert_eq!(repeated.map(ToString::to_string).as_deref(), Some("true"));
        assert_eq!(links_of(&spans[1]), [(dispatch.id(), "same_attempt".to_owned())]);
        assert!(stats().since(&before).attempts_repeated >= 1);
        capture.spans().assert_valid();
    }
}

#[test]
fn an_execution_inside_another_of_its_step_repeats_nothing() {
    let capture = Capture::start();
    let first = Dispatch::new();
    run(&first, || first.run());
    let spans = executions(&capture);
    let marks = spans
        .iter()
        .filter(|span| span.attribute("tasker.attempt_repeated").is_some());
    assert_eq!(marks.count(), 0);
    assert!(spans.iter().all(|span| span.links().is_empty()));
}

#[test]
fn attempts_after_a_reset_without_a_generation_are_a_chain_again() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    for number in [1, 2, 1, 2, 3] {
        first.attempt(number).run();
    }
    let ids = [first.id(), first.attempt(2).id()];
    let spans = executions(&capture);
    let links: Vec<_> = spans[2..].iter().map(links_of).collect();
    let expected = [
        (ids[0], "same_attempt"),
        (ids[1], "same_attempt"),
        (ids[1], "previous_attempt"),
    ];
    assert_eq!(links, expected.map(|(id, relation)| vec![(id, relation.to_owned())]));
}

#[test]
fn spans_of_a_repeated_attempt_are_its_own() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    for _ in 0..2 {
        run(&first, || handle(|| ()));
    }
    let handlers = capture.spans().named("handler.execution");
    let parents: Vec<_> = handlers.iter().map(|span| span.parent_span_id().unwrap()).collect();
    assert_eq!(parents, ids(&executions(&capture)));
}
