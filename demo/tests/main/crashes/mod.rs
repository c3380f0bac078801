//! Robustness against crashes: orchestrators and workers crash at each await of the database.
//!
//! The task ends as without a crash, each transition is committed once, and the trace lacks only
//! the spans that were open in a crashed process.

mod crash_point;
mod simulation;

use std::collections::HashMap;

use tasker_span_demo::tasker::TaskState;
use tasker_span_runtime::identity;
use tasker_span_runtime::testing::{CapturedSpan, Outline, Problem, ProblemKind, Spans};

use simulation::{Crashes, Ending, Outcome, Workflow, run};

/// Runs the task with a crash after each number of awaits, until the process reaches the end
/// without a crash.
fn at_each_await(workflow: &Workflow, crashes: impl Fn(usize) -> Crashes) {
    let undisturbed = run(workflow, &Crashes::default());
    undisturbed.spans.assert_complete();
    for awaits in 0.. {
        let crashes = crashes(awaits);
        let outcome = run(workflow, &crashes);
        assert_recovered(&outcome, &undisturbed, &crashes);
        if !outcome.all_crashed {
            assert!(awaits > 50, "only {awaits} awaits were tried");
            return;
        }
    }
}

/// Compares with the run without a crash.
fn assert_recovered(outcome: &Outcome, undisturbed: &Outcome, crashes: &Crashes) {
    assert_eq!(outcome.state, TaskState::Complete, "{crashes:?}");
    assert_eq!(outcome.paths, undisturbed.paths, "{crashes:?}");
    for problem in outcome.spans.check_complete() {
        assert!(is_explained(&problem, outcome), "{crashes:?}: {problem}");
    }
    let expected = transitions(&undisturbed.spans);
    for (transition, count) in transitions(&outcome.spans) {
        assert!(count <= expected[&transition], "{crashes:?}: {transition:?}");
    }
}

/// Whether the missing span was open in a crashed process, or is the root, which such a span would
/// have emitted.
fn is_explained(problem: &Problem, outcome: &Outcome) -> bool {
    let parent = problem.span().and_then(CapturedSpan::parent_span_id);
    match problem.kind() {
        ProblemKind::MissingParent => parent.is_some_and(|id| outcome.lost.contains_key(&id.to_string())),
        ProblemKind::Unfinished => outcome.lost.values().any(|to_state| to_state == "complete"),
        _ => false,
    }
}

/// The number of successful spans of each transition of the task.
fn transitions(spans: &Spans) -> HashMap<(String, String), usize> {
    let mut counts = HashMap::new();
    let spans = spans.named("task.state_transition");
    for span in &spans.filter(|span| span.attribute("tasker.cancelled").is_none()) {
        let state = |name| span.text(name).unwrap().to_owned();
        *counts.entry((state("from_state"), state("to_state"))).or_default() += 1;
    }
    counts
}

/// Compares the tree from the first attempt on, up to the length of `expected`.
fn assert_tree_from_first_attempt(outcome: &Outcome, expected: &str) {
    let outline = Outline::of([outcome.spans.tree_of(outcome.task.task_uuid)]).to_string();
    let start = outline.find("step.execution").unwrap_or_default();
    assert!(outline[start..].starts_with(expected), "{outline}");
}

const FLAKY: Workflow = Workflow {
    flaky: &["charge"],
    attempts: 9,
};
const STEADY: Workflow = Workflow {
    flaky: &[],
    attempts: 9,
};

#[test]
fn an_orchestrator_is_killed_at_any_await() {
    at_each_await(&FLAKY, |awaits| Crashes {
        orchestrators: vec![awaits],
        ..Crashes::default()
    });
}

#[test]
fn an_orchestrator_is_cancelled_at_any_await() {
    at_each_await(&FLAKY, |awaits| Crashes {
        orchestrators: vec![awaits],
        ending: Ending::Cancelled,
        ..Crashes::default()
    });
}

#[test]
fn a_worker_is_killed_at_any_await() {
    at_each_await(&STEADY, |awaits| Crashes {
        workers: vec![awaits],
        ..Crashes::default()
    });
}

#[test]
fn a_worker_is_cancelled_at_any_await() {
    at_each_await(&STEADY, |awaits| Crashes {
        workers: vec![awaits],
        ending: Ending::Cancelled,
        ..Crashes::default()
    });
}

#[test]
fn every_process_crashes_many_times() {
    let workflow = Workflow { attempts: 99, ..STEADY };
    let crashes = Crashes {
        orchestrators: (0..12).collect(),
        workers: (0..16).collect(),
        ..Crashes::default()
    };
    let outcome = run(&workflow, &crashes);
    assert!(outcome.all_crashed);
    assert_recovered(&outcome, &run(&workflow, &Crashes::default()), &crashes);
}

#[test]
fn the_attempt_of_a_killed_worker_is_a_sibling_of_the_next() {
    let crashes = Crashes {
        workers: vec![simulation::IN_THE_FIRST_HANDLER],
        ..Crashes::default()
    };
    let outcome = run(&STEADY, &crashes);
    outcome.spans.assert_complete();
    assert_tree_from_first_attempt(
        &outcome,
        "\
step.execution receive attempt=1 ERROR worker_lost
    step.state_transition enqueued → in_progress
  step.execution receive attempt=2
    handler.execution
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
",
    );
    let root = identity::root_span_id(outcome.task.task_uuid);
    for execution in &outcome.spans.named("step.execution") {
        assert_eq!(execution.parent_span_id(), Some(root));
    }
}

#[test]
fn a_step_fails_when_the_worker_of_its_last_attempt_is_killed() {
    let crashes = Crashes {
        workers: vec![simulation::IN_THE_FIRST_HANDLER],
        ..Crashes::default()
    };
    let outcome = run(&Workflow { attempts: 1, ..STEADY }, &crashes);
    assert_eq!(outcome.state, TaskState::Error);
    outcome.spans.assert_complete();
    assert_tree_from_first_attempt(
        &outcome,
        "\
step.execution receive attempt=1 ERROR worker_lost
    step.state_transition enqueued → in_progress
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → error attempt=1
",
    );
}
