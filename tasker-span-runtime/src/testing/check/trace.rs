//! Checks whole traces: duplicate ids, open spans, tasks without a root.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Expect, Index, Problem, ProblemKind, is_sampled_at_end, is_without_code};
use crate::catalogue;
use crate::identity;
use crate::testing::CapturedSpan;
use crate::testing::snapshot::Snapshot;

pub(super) fn check(
    selected: &[CapturedSpan],
    capture: &Snapshot,
    index: &Index<'_>,
    expect: Expect,
    problems: &mut Vec<Problem>,
) {
    let mut seen = HashMap::new();
    for span in selected {
        let first = *seen.entry((span.trace_id(), span.span_id())).or_insert(span);
        if std::ptr::eq(first, span) || is_same(first, span) {
            continue;
        }
        let message = format!("another span of this trace has the id {}, too", span.span_id());
        problems.push(Problem::of(span, ProblemKind::DuplicateSpanId, message));
    }
    check_one_root(selected, index, problems);
    if expect == Expect::Complete {
        check_open(selected, capture, problems);
        check_roots(selected, index, problems);
    }
}

/// Of the catalogue's spans only the root can lack a parent: the others are reported by `parent`.
fn check_one_root(selected: &[CapturedSpan], index: &Index<'_>, problems: &mut Vec<Problem>) {
    let is_another = |span: &&CapturedSpan| {
        let is_judged = span.name() == "task.orchestration" || catalogue::span(span.name()).is_none();
        let root = index
            .root(span)
            .filter(|_| span.parent_span_id().is_none() && is_judged);
        root.is_some_and(|root| root.span_id() != span.span_id())
    };
    for span in selected.iter().filter(is_another) {
        let message = "has no parent, but is not the root of its task's trace";
        problems.push(Problem::of(span, ProblemKind::DuplicateRoot, message));
    }
}

/// Whether two processes have recorded the same row, of which no code ran: their spans are equal.
fn is_same(one: &CapturedSpan, other: &CapturedSpan) -> bool {
    let content = |span: &CapturedSpan| (span.name().to_owned(), span.parent_span_id(), span.start(), span.end());
    let is_recorded = matches!(one.name(), "task.state_transition" | "task.orchestration");
    is_recorded
        && is_without_code(one)
        && content(one) == content(other)
        && one.status() == other.status()
        && one.attributes() == other.attributes()
}

fn check_open(selected: &[CapturedSpan], capture: &Snapshot, problems: &mut Vec<Problem>) {
    let traces = selected.iter().map(CapturedSpan::trace_id).collect::<HashSet<_>>();
    for open in capture.open.iter().filter(|open| traces.contains(&open.trace_id)) {
        let message = format!("`{}` in trace {} has not ended", open.name, open.trace_id);
        problems.push(Problem::elsewhere(ProblemKind::Unfinished, message));
    }
}

fn check_roots(selected: &[CapturedSpan], index: &Index<'_>, problems: &mut Vec<Problem>) {
    let ours = selected
        .iter()
        .filter(|span| catalogue::span(span.name()).is_some() && !is_sampled_at_end(span));
    let tasks = ours.filter_map(|span| span.uuid("task_uuid")).collect::<BTreeSet<_>>();
    for task_uuid in tasks {
        let (trace_id, root) = (identity::trace_id(task_uuid), identity::root_span_id(task_uuid));
        // An open root is reported as an open span.
        if !index.roots.contains_key(&trace_id) && !index.open.contains(&(trace_id, root)) {
            let message = format!(
                "task {task_uuid} has no `task.orchestration`: no transition from a running to a terminal state was captured"
            );
            problems.push(Problem::elsewhere(ProblemKind::Unfinished, message));
        }
    }
}
