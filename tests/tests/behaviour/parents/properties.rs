//! What holds for every program, however it nests the catalogue's spans, and for every text of a state.

use std::collections::{HashMap, HashSet};
use std::iter::successors;

use proptest::prelude::*;
use tasker_span_tests::prelude::*;

#[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
fn create(task: &Task, work: impl FnOnce()) {
    work();
}

/// One call of an annotated function, and the calls inside it.
#[derive(Clone, Debug)]
struct Call {
    span: usize,
    /// Which of two tasks it is about.
    task: usize,
    /// Runs on a thread of its own, without the enclosing spans.
    is_lost: bool,
    /// Its trace context is read at its start: for a message, or for a span of other code.
    is_read: bool,
    inside: Vec<Call>,
}

#[task_span("task.audit", within = "task.orchestration", task_uuid = task.task_uuid, inherit(correlation_id, namespace))]
fn audit(task: &Task, work: impl FnOnce()) {
    work();
}

#[tracing::instrument(skip_all)]
fn plain(work: impl FnOnce()) {
    work();
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = |inside| {
        let call = (
            0..10_usize,
            0..2_usize,
            prop::bool::weighted(0.1),
            prop::bool::weighted(0.2),
            inside,
        );
        call.prop_map(|(span, task, is_lost, is_read, inside)| Call {
            span,
            task,
            is_lost,
            is_read,
            inside,
        })
    };
    let leaf = call(Just(Vec::new()).boxed());
    let tree = leaf.prop_recursive(5, 24, 4, move |inner| call(prop::collection::vec(inner, 0..4).boxed()));
    prop::collection::vec(tree, 1..4)
}

fn run(capture: &Capture, calls: &[Call], tasks: &[(Task, Step); 2]) {
    for call in calls {
        let (task, step) = &tasks[call.task];
        let inside = || {
            if call.is_read {
                drop(TraceContext::current());
            }
            run(capture, &call.inside, tasks);
        };
        let learn = || span_record!(task_uuid = task.task_uuid);
        let here = || match call.span {
            0 => orchestrate(task, inside),
            1 => initialize(task, inside),
            2 => send_steps(task, inside),
            3 => execute(task, step, inside),
            4 => handle_step(task, step, inside),
            5 => audit(task, inside),
            // Of its task, it learns at the start, at the end or never.
            6 => create(task, || {
                learn();
                inside();
            }),
            7 => create(task, || {
                inside();
                learn();
            }),
            8 => create(task, inside),
            _ => plain(inside),
        };
        if call.is_lost {
            std::thread::scope(|threads| threads.spawn(|| capture.run(here)).join().expect("nothing panics"));
        } else {
            here();
        }
    }
}

proptest! {
    #![proptest_config(crate::random())]

    #[test]
    fn every_span_is_in_the_trace_of_its_task_under_a_parent_that_exists(calls in calls()) {
        let capture = Capture::start();
        let tasks = [(); 2].map(|()| {
            let task = Task::default();
            let step = task.step();
            (task, step)
        });
        run(&capture, &calls, &tasks);
        let spans = capture.spans();
        let id = |span: &CapturedSpan| (span.trace_id(), span.span_id());
        let seen = spans.iter().map(id).collect::<HashSet<_>>();
        prop_assert_eq!(seen.len(), spans.len(), "ids are unique");
        let parents = spans.iter().filter_map(|span| Some((id(span), (span.trace_id(), span.parent_span_id()?))));
        let parents = parents.collect::<HashMap<_, _>>();
        for span in spans.iter().filter(|span| span.name() != "plain") {
            let task = span.uuid("task_uuid");
            // What creates a task may have stayed with its caller.
            let stays = span.name() == "task.creation" && span.trace_id() != task.map_or(span.trace_id(), identity::trace_id);
            prop_assert!(span.name() == "task.creation" || task.is_some(), "{}", span.name());
            if let Some(task) = task {
                let root = (identity::trace_id(task), identity::root_span_id(task));
                let mut links = span.links().iter().map(|link| (link.trace_id(), link.span_id()));
                prop_assert!(span.trace_id() == root.0 || stays && links.any(|link| link == root));
            }
            for link in span.links() {
                let link = (link.trace_id(), link.span_id());
                let is_seen = seen.contains(&link) || tasks.iter().any(|(task, _)| link.1 == task.root_id());
                prop_assert!(is_seen, "a link to {:?}, which is none:\n{}", link, spans.to_tree_text());
            }
            let mut ancestors = successors(Some(id(span)), |id| parents.get(id).copied());
            prop_assert!(ancestors.nth(spans.len() + 1).is_none(), "a cycle:\n{}", spans.to_tree_text());
            if let Some(parent) = span.parent_span_id() {
                let mut derived = tasks.iter().flat_map(|(task, step)| [task.root_id(), step.execution_id()]);
                prop_assert!(seen.contains(&(span.trace_id(), parent)) || derived.any(|id| id == parent), "{} {:?}\n{}", span.name(), span.links(), spans.to_tree_text());
            } else {
                prop_assert!(span.name() == "task.orchestration" || span.name() == "task.creation");
            }
        }
    }

    #[test]
    fn a_state_is_recorded_in_snake_case(text in "\\PC*") {
        let recorded = |text: &str| {
            let capture = Capture::start();
            transition(&Task::default(), "pending", text, || ());
            capture.spans().named("task.state_transition").one().text("to_state").unwrap().to_owned()
        };
        let state = recorded(&text);
        prop_assert!(state.split('_').all(|word| !word.is_empty()), "{state}");
        prop_assert_eq!(&recorded(&state), &state, "once in snake case, it stays");
    }
}
