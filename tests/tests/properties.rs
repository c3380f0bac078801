//! What holds for every program that nests the catalogue's spans in whatever way, and for every text.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use tasker_span_runtime::testing::{Capture, Spans};
use tasker_span_runtime::{identity, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

/// One call of an annotated function, and the calls inside it.
#[derive(Clone, Debug)]
struct Call {
    span: usize,
    /// Which of two tasks it is about.
    task: usize,
    /// Runs on a thread of its own, which knows no scope.
    lost: bool,
    inside: Vec<Call>,
}

type Work<'a> = &'a (dyn Fn() + Sync);

#[task_span("task.orchestration")]
fn orchestrate(task: &Task, work: Work<'_>) {
    work();
}
#[task_span("task.state_transition", from = "initializing", to = "enqueuing_steps")]
fn transition(task: &Task, work: Work<'_>) {
    work();
}
#[task_span("step.discovery")]
fn discover(task: &Task, work: Work<'_>) {
    work();
}
#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: Work<'_>) {
    work();
}
#[step_span("handler.execution")]
fn handle(task: &Task, step: &Step, work: Work<'_>) {
    work();
}
#[task_span("task.audit", within = "task.orchestration", task_uuid = task.task_uuid, inherit(correlation_id, namespace))]
fn audit(task: &Task, work: Work<'_>) {
    work();
}
#[tracing::instrument(skip_all)]
fn plain(work: Work<'_>) {
    work();
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = (0..7_usize, 0..2_usize, prop::bool::weighted(0.1));
    let leaf = call.clone().prop_map(|(span, task, lost)| Call {
        span,
        task,
        lost,
        inside: Vec::new(),
    });
    let tree = leaf.prop_recursive(5, 24, 4, move |inner| {
        (call.clone(), prop::collection::vec(inner, 0..4)).prop_map(|((span, task, lost), inside)| Call {
            span,
            task,
            lost,
            inside,
        })
    });
    prop::collection::vec(tree, 1..4)
}

fn run(capture: &Capture, calls: &[Call], tasks: &[(Task, Step); 2]) {
    for call in calls {
        let (task, step) = &tasks[call.task];
        let inside: Work<'_> = &|| run(capture, &call.inside, tasks);
        let here = || match call.span {
            0 => orchestrate(task, inside),
            1 => transition(task, inside),
            2 => discover(task, inside),
            3 => execute(task, step, inside),
            4 => handle(task, step, inside),
            5 => audit(task, inside),
            _ => plain(inside),
        };
        if call.lost {
            std::thread::scope(|threads| threads.spawn(|| capture.run(here)).join().expect("nothing panics"));
        } else {
            here();
        }
    }
}

fn ids_are_unique(spans: &Spans) -> bool {
    let mut seen = HashSet::new();
    spans.iter().all(|span| seen.insert((span.trace_id(), span.span_id())))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_span_stands_in_its_task_s_trace_under_a_parent_that_exists(calls in calls()) {
        let capture = Capture::start();
        let tasks = [(); 2].map(|()| {
            let task = Task::default();
            let step = task.step();
            (task, step)
        });
        run(&capture, &calls, &tasks);
        let spans = capture.spans();
        prop_assert!(ids_are_unique(&spans));
        let parents = spans.iter()
            .filter_map(|span| Some(((span.trace_id(), span.span_id()), (span.trace_id(), span.parent_span_id()?))))
            .collect::<HashMap<_, _>>();
        let seen = spans.iter().map(|span| (span.trace_id(), span.span_id())).collect::<HashSet<_>>();
        for span in spans.iter().filter(|span| span.name() != "plain") {
            let task = span.uuid("task_uuid").expect("every annotated function knew its task");
            prop_assert_eq!(span.trace_id(), identity::trace_id(task));
            let derived = tasks.iter().flat_map(|(task, step)| {
                let execution = identity::execution_span_id(step.workflow_step_uuid, step.attempts);
                [identity::root_span_id(task.task_uuid), execution]
            }).collect::<Vec<_>>();
            let mut ancestors = std::iter::successors(Some((span.trace_id(), span.span_id())), |id| parents.get(id).copied());
            prop_assert!(ancestors.nth(spans.len() + 1).is_none(), "a cycle:\n{}", spans.to_tree_text());
            if let Some(parent) = span.parent_span_id() {
                prop_assert!(seen.contains(&(span.trace_id(), parent)) || derived.contains(&parent));
            } else {
                prop_assert_eq!(span.name(), "task.orchestration");
            }
        }
    }

    #[test]
    fn a_state_is_recorded_in_snake_case_whatever_it_was(text in "\\PC*") {
        let capture = Capture::start();
        rename(&Task::default(), &text);
        let spans = capture.spans();
        let span = spans.one();
        let state = span.text("to_state").unwrap();
        prop_assert!(state.split('_').all(|word| !word.is_empty()), "{state}");
        capture.clear();
        rename(&Task::default(), state);
        let again = capture.spans().one();
        prop_assert_eq!(again.text("to_state"), Some(state), "once in snake case, it stays");
    }
}

#[task_span("task.state_transition", from = "pending", to = text)]
fn rename(task: &Task, text: &str) {}
