//! Orchestrators and workers of the small Tasker die wherever they wait for the database. The task comes to the right end,
//! each transition happens once, and its trace lacks no more than the spans that died with their process.

mod crash_point;
mod simulation;

use std::collections::HashMap;

use tasker_span_demo::tasker::TaskState;
use tasker_span_runtime::identity;
use tasker_span_runtime::testing::{CapturedSpan, Outline, Problem, ProblemKind, Spans};

use simulation::{Deaths, Ending, Outcome, Shop, run};

/// Runs the task with `deaths` of each number of places, until the process lives to the end.
fn everywhere(shop: &Shop, deaths: impl Fn(usize) -> Deaths) {
    let undisturbed = run(shop, &Deaths::default());
    undisturbed.spans.assert_complete();
    for place in 0.. {
        let deaths = deaths(place);
        let outcome = run(shop, &deaths);
        assert_survived(&outcome, &undisturbed, &deaths);
        if !outcome.all_died {
            // As many as there are await points, or the test would test nothing.
            assert!(place > 50, "{place}");
            return;
        }
    }
}

/// The run in which nobody died is the measure.
fn assert_survived(outcome: &Outcome, undisturbed: &Outcome, deaths: &Deaths) {
    assert_eq!(outcome.state, TaskState::Complete, "{deaths:?}");
    assert_eq!(outcome.paths, undisturbed.paths, "{deaths:?}");
    for problem in outcome.spans.check_complete() {
        assert!(is_explained(&problem, outcome), "{deaths:?}: {problem}");
    }
    let expected = transitions(&undisturbed.spans);
    for (transition, count) in transitions(&outcome.spans) {
        assert!(count <= expected[&transition], "{deaths:?}: {transition:?}");
    }
}

/// Whether the span that is missing is one that died with its process, or the root, which follows from one.
fn is_explained(problem: &Problem, outcome: &Outcome) -> bool {
    let parent = problem.span().and_then(CapturedSpan::parent_span_id);
    match problem.kind() {
        ProblemKind::MissingParent => parent.is_some_and(|id| outcome.lost.contains_key(&id.to_string())),
        ProblemKind::Unfinished => outcome.lost.values().any(|to_state| to_state == "complete"),
        _ => false,
    }
}

/// How often the spans show each transition of the task as done.
fn transitions(spans: &Spans) -> HashMap<(String, String), usize> {
    let mut counts = HashMap::new();
    let spans = spans.named("task.state_transition");
    for span in &spans.filter(|span| span.attribute("tasker.cancelled").is_none()) {
        let state = |name| span.text(name).unwrap().to_owned();
        *counts.entry((state("from_state"), state("to_state"))).or_default() += 1;
    }
    counts
}

/// The tree from the first attempt on, as far as `expected` goes.
fn assert_tree_from_first_attempt(outcome: &Outcome, expected: &str) {
    let outline = Outline::of([outcome.spans.tree_of(outcome.task.task_uuid)]).to_string();
    let start = outline.find("step.execution").unwrap_or_default();
    assert!(outline[start..].starts_with(expected), "{outline}");
}

const FLAKY: Shop = Shop {
    flaky: &["charge"],
    attempts: 9,
};
const STEADY: Shop = Shop {
    flaky: &[],
    attempts: 9,
};

#[test]
fn an_orchestrator_is_killed_anywhere() {
    everywhere(&FLAKY, |place| Deaths {
        orchestrators: vec![place],
        ..Deaths::default()
    });
}

#[test]
fn an_orchestrator_is_dropped_anywhere() {
    everywhere(&FLAKY, |place| Deaths {
        orchestrators: vec![place],
        ending: Ending::Dropped,
        ..Deaths::default()
    });
}

#[test]
fn a_worker_is_killed_anywhere() {
    everywhere(&STEADY, |place| Deaths {
        workers: vec![place],
        ..Deaths::default()
    });
}

#[test]
fn a_worker_is_dropped_anywhere() {
    everywhere(&STEADY, |place| Deaths {
        workers: vec![place],
        ending: Ending::Dropped,
        ..Deaths::default()
    });
}

#[test]
fn all_die_again_and_again() {
    let shop = Shop { attempts: 99, ..STEADY };
    let deaths = Deaths {
        orchestrators: (0..12).collect(),
        workers: (0..16).collect(),
        ..Deaths::default()
    };
    let outcome = run(&shop, &deaths);
    assert!(outcome.all_died);
    assert_survived(&outcome, &run(&shop, &Deaths::default()), &deaths);
}

/// The second attempt goes on where the first one stood, beside it.
#[test]
fn the_attempt_of_a_killed_worker_is_a_sibling_of_the_next() {
    let deaths = Deaths {
        workers: vec![simulation::IN_THE_FIRST_HANDLER],
        ..Deaths::default()
    };
    let outcome = run(&STEADY, &deaths);
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
fn a_step_whose_last_worker_dies_has_failed() {
    let deaths = Deaths {
        workers: vec![simulation::IN_THE_FIRST_HANDLER],
        ..Deaths::default()
    };
    let outcome = run(&Shop { attempts: 1, ..STEADY }, &deaths);
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
