//! Long runs of like siblings.

use super::{Made, captured, made};
use crate::testing::{Outline, TreeText};

/// The attempt at a step, and its work.
fn step(number: u64) -> [Made; 5] {
    let (id, start) = (10 * number, 10 * number);
    let transition = |id, from, to| {
        let transition = made("step.state_transition", id).at(start, start + 1);
        transition.with("from_state", from).with("to_state", to)
    };
    [
        made("step.execution", id)
            .child_of(1)
            .at(start, start + 2 + number % 3)
            .with("handler_name", format!("resize_{number}"))
            .with("attempt_number", 1),
        transition(id + 1, "enqueued", "in_progress").child_of(id),
        made("handler.execution", id + 2).child_of(id).at(start, start + 1),
        transition(id + 3, "in_progress", "enqueued_for_orchestration").child_of(id),
        transition(id + 4, "enqueued_for_orchestration", "complete").child_of(1),
    ]
}

fn batch(steps: u64) -> Vec<Made> {
    let root = made("task.orchestration", 1).at(0, 20_000);
    [root].into_iter().chain((1..=steps).flat_map(step)).collect()
}

#[test]
fn a_thousand_steps_fit_on_a_page() {
    let expected = "\
task.orchestration                                                                    +0 µs   20.0 s
├─ step.execution  resize_1  attempt 1                                             +10.0 ms  3.00 ms
│  ├─ handler.execution                                                            +10.0 ms  1.00 ms
│  ├─ step.state_transition  enqueued → in_progress                                +10.0 ms  1.00 ms
│  └─ step.state_transition  in_progress → enqueued_for_orchestration              +10.0 ms  1.00 ms
├─ step.state_transition  enqueued_for_orchestration → complete                    +10.0 ms  1.00 ms
├─ step.execution  resize_2  attempt 1                                             +20.0 ms  4.00 ms
│  ├─ handler.execution                                                            +20.0 ms  1.00 ms
│  ├─ step.state_transition  enqueued → in_progress                                +20.0 ms  1.00 ms
│  └─ step.state_transition  in_progress → enqueued_for_orchestration              +20.0 ms  1.00 ms
├─ step.state_transition  enqueued_for_orchestration → complete                    +20.0 ms  1.00 ms
├─ step.execution  resize_3  attempt 1                                             +30.0 ms  2.00 ms
│  ├─ handler.execution                                                            +30.0 ms  1.00 ms
│  ├─ step.state_transition  enqueued → in_progress                                +30.0 ms  1.00 ms
│  └─ step.state_transition  in_progress → enqueued_for_orchestration              +30.0 ms  1.00 ms
├─ step.state_transition  enqueued_for_orchestration → complete                    +30.0 ms  1.00 ms
├─ … 997 more like step.execution  resize_4  attempt 1 (2.00–4.00 ms)              +40.0 ms
└─ … 997 more like step.state_transition  enqueued_for_orchestration →… (1.00 ms)  +40.0 ms
";
    let spans = captured(batch(1_000));
    assert_eq!(TreeText::new(&spans).width(100).render(), expected);
    assert_eq!(TreeText::new(&spans).all().render().lines().count(), 5_001);
    assert_eq!(Outline::new(&spans).to_string().lines().count(), 5_001);
}

#[test]
fn a_short_run_is_whole() {
    let lines = |steps| TreeText::new(&captured(batch(steps))).render().lines().count();
    assert_eq!(lines(12), 1 + 12 * 5);
    assert_eq!(lines(13), 1 + 3 * 5 + 2);
}

#[test]
fn failures_violations_and_cancellations_are_never_folded() {
    let child = |id: u64| made("call", 10_000 + id).child_of(10 * id).at(10 * id, 10 * id);
    let mut spans = batch(100);
    spans.push(child(50).failed("timeout", "no answer"));
    spans.push(child(60).with("tasker.violation", "call has no namespace"));
    spans.push(child(70).with("tasker.cancelled", true));
    let text = TreeText::new(&captured(spans)).render();
    for shown in [
        "├─ step.execution  resize_50  attempt 1",
        "✗ timeout: no answer",
        "! call has no namespace",
        "✗ cancelled",
        "… 94 more like step.execution  resize_4  attempt 1 (2.00–4.00 ms)",
    ] {
        assert!(text.contains(shown), "{shown} in\n{text}");
    }
}

#[test]
fn retries_are_a_run_of_their_own() {
    let attempt = |id: u64, attempt: i64| {
        let span = made("step.execution", 10 + id).child_of(1).at(id, id + 1);
        span.with("handler_name", "charge").with("attempt_number", attempt)
    };
    let attempts = (0..40).map(|id| attempt(id, 1 + i64::from(id % 2 == 1)));
    let text = TreeText::new(&captured([made("root", 1)].into_iter().chain(attempts))).render();
    assert_eq!(text.lines().count(), 1 + 3 + 3 + 2, "{text}");
    for attempt in [1, 2] {
        let rest = format!("… 17 more like step.execution  charge  attempt {attempt} (1.00 ms)");
        assert!(text.contains(&rest), "{text}");
    }
}
