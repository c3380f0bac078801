//! An execution links to the one before it.

use super::*;

#[test]
fn each_attempt_links_to_the_one_before() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    for number in 1..=3 {
        first.attempt(number).run();
    }
    let spans = executions(&capture);
    assert_eq!(links_of(&spans[0]), []);
    for (before, span) in spans.iter().zip(&spans[1..]) {
        assert_eq!(links_of(span), [(before.span_id(), "previous_attempt".to_owned())]);
        assert_eq!(span.links()[0].trace_id(), first.task.trace_id());
    }
}

#[test]
fn an_attempt_in_another_process_links_by_the_derived_id() {
    let first = Dispatch::new();
    let capture = Capture::strict();
    first.generation(4).attempt(3).run();
    let before = first.generation(4).attempt(2);
    assert_eq!(
        links_of(&capture.spans().one()),
        [(before.id(), "previous_attempt".to_owned())]
    );
}

#[test]
fn the_first_attempt_after_a_reset_links_to_the_last_one_before_it() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    first.run();
    first.attempt(2).run();
    first.generation(1).run();
    first.generation(1).attempt(2).run();
    first.generation(2).run();
    let spans = executions(&capture);
    let links: Vec<_> = spans.iter().map(links_of).collect();
    let to = |index: usize, relation: &str| vec![(spans[index].span_id(), relation.to_owned())];
    let expected = [
        vec![],
        to(0, "previous_attempt"),
        to(1, "previous_generation"),
        to(2, "previous_attempt"),
        to(3, "previous_generation"),
    ];
    assert_eq!(links, expected);
}

/// The number of the last attempt is not known there.
#[test]
fn a_reset_in_another_process_links_to_what_its_subject_names() {
    #[step_span("step.execution", link = last)]
    fn run_after(step: &Dispatch, last: &TraceContext) {}

    let first = Dispatch::new();
    let capture = Capture::strict();
    first.generation(1).run();
    assert_eq!(capture.spans().one().links(), []);
    drop(capture);

    let capture = Capture::strict();
    let last = first.attempt(3);
    run_after(
        &first.generation(1),
        &remote(first.task.trace_id().to_u128(), last.id().to_u64()),
    );
    assert_eq!(links_of(&capture.spans().one()), [(last.id(), String::new())]);
}

/// A message of the first attempt is delivered after that of the second.
#[test]
fn no_execution_links_to_a_later_one() {
    let capture = Capture::strict();
    let first = Dispatch::new().generation(1);
    first.attempt(2).run();
    first.run();
    let links: Vec<_> = executions(&capture).iter().map(links_of).collect();
    assert_eq!(links, [vec![(first.id(), "previous_attempt".to_owned())], vec![]]);
}

#[test]
fn each_continuation_links_to_the_one_before() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    for continuation in 1..=3 {
        first.continuation(continuation).run();
    }
    let spans = executions(&capture);
    for (before, span) in spans.iter().zip(&spans[1..]) {
        assert_eq!(links_of(span), [(before.span_id(), "previous_continuation".to_owned())]);
    }
}

#[test]
fn a_retry_links_to_the_last_continuation_that_is_known() {
    let first = Dispatch::new();
    for known in [1, 2, 3] {
        let capture = Capture::strict();
        (1..=known).for_each(|continuation| first.continuation(continuation).run());
        first.attempt(2).run();
        let retry = capture.spans().with("attempt_number", 2).one();
        let last = first.continuation(known).id();
        assert_eq!(links_of(&retry), [(last, "previous_attempt".to_owned())]);
    }
}

#[test]
fn a_message_of_the_attempt_before_is_linked_once() {
    #[step_span("step.execution", link = sender)]
    fn run_sent(step: &Dispatch, sender: &TraceContext) {}

    let capture = Capture::strict();
    let first = Dispatch::new();
    let sender = run(&first, TraceContext::current);
    run_sent(&first.attempt(2), &sender);
    let retry = capture.spans().with("attempt_number", 2).one();
    assert_eq!(links_of(&retry), [(first.id(), "previous_attempt".to_owned())]);
}

#[test]
fn links_of_messages_come_first_within_the_limit() {
    #[step_span("step.execution", link = senders)]
    fn run_batch(step: &Dispatch, senders: &[TraceContext]) {}

    let capture = Capture::strict();
    let senders: Vec<_> = (1..=200).map(|id| remote(id, 1)).collect();
    run_batch(&Dispatch::new().attempt(2), &senders);
    let links = links_of(&capture.spans().one());
    assert_eq!(links.len(), 128);
    assert!(links.iter().all(|(_, relation)| relation.is_empty()));
}
