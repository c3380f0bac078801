//! What the tests of creations share.

use std::collections::HashSet;

use tasker_span_tests::prelude::*;

#[task_span("request.validation", within = "task.orchestration", before_task)]
pub(super) fn validate<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("request.check", within = "task.orchestration", before_task)]
pub(super) fn check() -> Result<(), String> {
    Err("no".to_owned())
}

#[task_span("task.noting", within = "task.orchestration")]
pub(super) fn note(task: &Task) {}

#[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
pub(super) fn create<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

pub(super) fn learn(task: &Task) {
    span_record!(task_uuid = task.task_uuid);
}

/// A task that a rate of one half samples, or not.
pub(super) fn rated(is_sampled: bool) -> Task {
    loop {
        let row = Task::default();
        let decided = u128::from_str_radix(&row.trace_id().to_string()[18..], 16).unwrap() >= 1 << 55;
        if decided == is_sampled {
            return row;
        }
    }
}

/// Every parent and every link is of an exported span, a derived id of these tasks, or of the remote callers 0xaa and 0xcc.
#[track_caller]
pub(super) fn whole(capture: &Capture, tasks: &[&Task]) {
    let spans = capture.spans();
    let id = |span: &CapturedSpan| (span.trace_id(), span.span_id());
    let seen: HashSet<_> = spans.iter().map(id).collect();
    assert_eq!(seen.len(), spans.len());
    for span in &spans {
        let parents = span.parent_span_id().map(|parent| (span.trace_id(), parent));
        let links = span.links().iter().map(|link| (link.trace_id(), link.span_id()));
        for (trace, parent) in parents.into_iter().chain(links) {
            let remote = [(0xaa, 0xbb), (0xcc, 0xdd)].contains(&(trace.to_u128(), parent.to_u64()));
            let root = tasks
                .iter()
                .any(|task| (trace, parent) == (task.trace_id(), task.root_id()));
            assert!(
                remote || root || seen.contains(&(trace, parent)),
                "{} has {trace} {parent}, which is none:\n{}\n{:?}",
                span.name(),
                spans.to_tree_text(),
                span.links()
            );
        }
    }
}
