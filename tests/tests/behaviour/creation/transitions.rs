//! Transitions that are inside of their work, or fail, or are another orchestrator's.

use std::collections::HashSet;

use tasker_span_tests::prelude::*;

use super::functions::{rated, whole};

fn assert_no_cycle(capture: &Capture) {
    let spans = capture.spans();
    let [work, moved] = ["step.enqueuing", "task.state_transition"].map(|name| spans.named(name).one());
    assert!(
        !(work.parent_span_id() == Some(moved.span_id()) && moved.parent_span_id() == Some(work.span_id())),
        "each is the other's parent"
    );
}

#[test]
fn a_transition_inside_of_its_work_makes_no_cycle() {
    let capture = Capture::start();
    let task = Task::default();
    send_steps(&task, || {
        transition(&task, "enqueuing_steps", "steps_in_process", || ());
    });
    assert_no_cycle(&capture);
}

#[test]
fn a_spawned_transition_of_its_work_makes_no_cycle() {
    let capture = Capture::start();
    let task = Task::default();
    let spawned = send_steps(&task, || {
        in_current_scope(|| transition(&task, "enqueuing_steps", "steps_in_process", || ()))
    });
    spawned();
    assert_no_cycle(&capture);
}

#[test]
fn a_failed_transition_leads_to_no_work() {
    #[task_span("task.state_transition", from = "enqueuing_steps", to = "steps_in_process")]
    fn try_move(task: &Task, fails: bool) -> Result<(), String> {
        if fails { Err("deadlock".to_owned()) } else { Ok(()) }
    }

    let capture = Capture::start();
    let task = Task::default();
    send_steps(&task, || ());
    let _ = try_move(&task, true);
    let _ = try_move(&task, false);
    let spans = capture.spans();
    let moved = spans.named("task.state_transition");
    let good = moved.iter().find(|span| span.status() == &Status::Unset).unwrap();
    assert_eq!(
        spans.named("step.enqueuing").one().parent_span_id(),
        Some(good.span_id())
    );
}

#[test]
fn an_unsampled_transition_has_ended_where_a_sampled_one_is_needed() {
    #[task_span("result.evaluation")]
    fn evaluate(task: &Task) -> Result<(), String> {
        Err("no".to_owned())
    }

    let capture = Capture::start();
    let task = rated(false);
    transition(&task, "steps_in_process", "evaluating_results", || ());
    capture.set_sampling(&Sampling::new().task_rate(0.5));
    let _ = evaluate(&task);
    whole(&capture, &[&task]);
}

#[test]
fn two_orchestrators_of_a_task() {
    // One thread's round must not take the other task's transition.
    let capture = Capture::start();
    let tasks: Vec<_> = (0..4).map(|_| Task::default()).collect();
    std::thread::scope(|threads| {
        for task in &tasks {
            threads.spawn(|| {
                capture.run(|| {
                    for _ in 0..50 {
                        transition(task, "initializing", "enqueuing_steps", || ());
                        send_steps(task, || discover(task));
                        transition(task, "enqueuing_steps", "steps_in_process", || ());
                    }
                });
            });
        }
    });
    let all: Vec<_> = tasks.iter().collect();
    whole(&capture, &all);
    let spans = capture.spans();
    assert!(
        spans
            .iter()
            .all(|span| span.attribute("tasker.transition_unseen").is_none())
    );
    for task in &tasks {
        let parents: HashSet<_> = spans
            .of_task(task.task_uuid)
            .named("step.enqueuing")
            .iter()
            .map(CapturedSpan::parent_span_id)
            .collect();
        assert_eq!(parents.len(), 50);
    }
}

#[test]
fn a_cancelled_transition() {
    #[task_span("result.evaluation")]
    fn evaluate(task: &Task) {}

    #[task_span("task.state_transition", from = "steps_in_process", to = "evaluating_results")]
    async fn moving(task: &Task) {
        std::future::pending::<()>().await;
    }
    let capture = Capture::strict();
    let task = Task::default();
    cancel(moving(&task));
    evaluate(&task);
    let spans = capture.spans();
    assert_eq!(
        spans.named("result.evaluation").one().parent_span_id(),
        Some(task.root_id()),
        "{}",
        spans.to_tree_text()
    );
}

#[test]
fn the_call_site_cache_and_lists() {
    #[task_span("work.any", within = ["task.orchestration", "result.evaluation"])]
    fn any<R>(task: &Task, work: impl FnOnce() -> R) -> R {
        work()
    }
    #[task_span("work.inner", within = "result.evaluation")]
    fn inner(task: &Task) {}
    #[task_span("result.evaluation")]
    fn evaluate(task: &Task, work: impl FnOnce()) {
        work()
    }

    let task = Task::default();
    for _ in 0..3 {
        for (order, bad) in [(0, false), (1, true), (2, false), (3, true)] {
            let capture = Capture::start();
            match order {
                0 => evaluate(&task, || any(&task, || inner(&task))),
                1 => orchestrate(&task, || transition(&task, "pending", "initializing", || inner(&task))),
                2 => orchestrate(&task, || any(&task, || inner(&task))),
                _ => transition(&task, "pending", "initializing", || {
                    evaluate(&task, || any(&task, || inner(&task)));
                }),
            }
            let spans = capture.spans();
            let violations = spans
                .iter()
                .filter(|span| span.attribute("tasker.violation").is_some())
                .count();
            assert_eq!(violations > 0, bad, "{order} {}", spans.to_tree_text());
        }
    }
}
