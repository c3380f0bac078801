//! Random programs: detached spans that begin inside of each other, learn their tasks late, and end in any order on any thread.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Begins a span of this kind, about one of two tasks, inside of an open span or of none.
    Begin(u8, bool, Option<u8>),
    /// Tells an open span its task.
    Learn(u8, bool),
    /// Reads the context of an open span, as a message does.
    Read(u8),
    /// Runs a span of other code in an open span.
    Other(u8),
    /// Ends an open span: as cancelled, with success, or with an error.
    End(u8, u8),
}

fn acts() -> impl Strategy<Value = Vec<(Act, bool)>> {
    let act = prop_oneof![
        4 => (0..7_u8, any::<bool>(), any::<Option<u8>>()).prop_map(|(kind, task, inside)| Act::Begin(kind, task, inside)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(span, task)| Act::Learn(span, task)),
        1 => any::<u8>().prop_map(Act::Read),
        1 => any::<u8>().prop_map(Act::Other),
        3 => (any::<u8>(), 0..3_u8).prop_map(|(span, how)| Act::End(span, how)),
    ];
    prop::collection::vec((act, any::<bool>()), 1..20)
}

fn begin(kind: u8, task: &Task, step: &Step) -> DetachedSpan {
    let span = match kind {
        0 => task_scope!(
            "task.creation",
            within = "task.orchestration",
            late(task_uuid, correlation_id, namespace)
        ),
        1 => task_scope!("request.validation", within = "task.orchestration", before_task),
        2 => task_scope!("task.audit", within = "task.orchestration", task = task),
        3 => step_scope!("step.execution", task = task, step = step),
        4 => task_scope!("task.noting", within = "task.orchestration", inherit),
        5 => task_scope!("task.state_transition", task = task, from = "pending", to = "complete"),
        _ => step_scope!("step.checking", within = "step.execution", task = task, step = step),
    };
    span.detach()
}

/// `is_nested`: each span ends before those around it.
fn run(capture: &Capture, acts: &[(Act, bool)], is_nested: bool) -> Result<(), TestCaseError> {
    let tasks = [Task::default(), Task::default()];
    let steps = [tasks[0].step(), tasks[1].step()];
    let mut open: Vec<DetachedSpan> = Vec::new();
    for (act, is_elsewhere) in acts {
        let count = open.len().max(1);
        let index = |span: &u8| usize::from(*span) % count;
        let mut work = || match act {
            Act::Begin(kind, task, inside) => {
                let task = usize::from(*task);
                let new = || begin(*kind, &tasks[task], &steps[task]);
                let outer = inside.as_ref().and_then(|inside| open.get(index(inside)));
                let span = outer.map_or_else(new, |outer| outer.in_scope(new));
                open.push(span);
            }
            Act::End(..) if open.is_empty() => {}
            Act::End(span, how) => {
                let span = open.remove(if is_nested { open.len() - 1 } else { index(span) });
                match how {
                    0 => drop(span),
                    1 => span.end(),
                    _ => span.end_with(&Err::<(), _>("declined")),
                }
            }
            Act::Learn(span, task) => {
                let task = &tasks[usize::from(*task)];
                open.get(index(span))
                    .into_iter()
                    .for_each(|span| span.in_scope(|| span_record!(subject = task)));
            }
            Act::Read(span) => {
                let context = open.get(index(span)).map(DetachedSpan::trace_context);
                drop(context);
            }
            Act::Other(span) => {
                let other = || tracing::info_span!("other").in_scope(|| ());
                open.get(index(span)).into_iter().for_each(|span| span.in_scope(other));
            }
        };
        if *is_elsewhere {
            on_another_thread(capture, work);
        } else {
            work();
        }
    }
    while let Some(span) = open.pop() {
        span.end();
    }

    let spans = capture.spans();
    let ids: HashSet<_> = spans.iter().map(CapturedSpan::span_id).collect();
    prop_assert_eq!(ids.len(), spans.len(), "an id is used twice:\n{}", Outline::new(&spans));
    let derived = tasks
        .iter()
        .map(Task::root_id)
        .chain(steps.iter().map(Step::execution_id));
    let derived: HashSet<_> = derived.collect();
    for span in &spans {
        let is_there = |parent| ids.contains(&parent) || derived.contains(&parent);
        prop_assert!(
            span.parent_span_id().is_none_or(is_there),
            "{} has no parent:\n{}",
            span.name(),
            Outline::new(&spans)
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_parent_exists(acts in acts()) {
        run(&Capture::start(), &acts, false)?;
        run(&Capture::builder().visible().start(), &acts, false)?;
    }

    /// What has succeeded and ended is not exported for work that fails later.
    #[test]
    fn every_parent_of_an_error_exists(acts in acts()) {
        run(&no_steps(), &acts, true)?;
        run(&no_tasks(), &acts, true)?;
    }
}
