//! The catalogue's rules, checked on what was captured rather than where it was recorded: independently of the macros and
//! of the runtime, which are under test here as well.

mod attributes;
mod identity;
mod place;
mod problem;
mod sampling;
mod trace;

use std::collections::{HashMap, HashSet};

pub use problem::{Problem, ProblemKind};

use super::CapturedSpan;
use super::snapshot::Snapshot;
use crate::catalogue;
use crate::identity as derived;
use crate::identity::{SpanId, TraceId};

/// How much of a task is there to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// Tasks may be under way: their roots, and spans of other processes, need not be there.
    Unfinished,
    /// Every task has ended, and all of its spans are here.
    Complete,
}

/// The problems of the selected spans, in their order; then those of whole traces.
pub(super) fn run(selected: &[CapturedSpan], capture: &Snapshot, expect: Expect) -> Vec<Problem> {
    let index = Index::new(capture);
    let mut problems = Vec::new();
    for span in selected {
        attributes::check(span, &mut problems);
        identity::check(span, &index, &mut problems);
        sampling::check(span, &mut problems);
        if !is_adrift(span) {
            place::check(span, &index, expect, &mut problems);
        }
    }
    trace::check(selected, capture, &index, expect, &mut problems);
    problems
}

/// The capture by trace and span id.
struct Index<'a> {
    spans: HashMap<(TraceId, SpanId), &'a CapturedSpan>,
    roots: HashMap<TraceId, &'a CapturedSpan>,
    open: HashSet<(TraceId, SpanId)>,
}

impl<'a> Index<'a> {
    fn new(capture: &'a Snapshot) -> Self {
        let is_root = |span: &&CapturedSpan| span.name() == "task.orchestration" && span.parent_span_id().is_none();
        Self {
            spans: capture
                .finished
                .iter()
                .map(|span| ((span.trace_id(), span.span_id()), span))
                .collect(),
            roots: capture
                .finished
                .iter()
                .filter(is_root)
                .map(|span| (span.trace_id(), span))
                .collect(),
            open: capture.open.iter().map(|span| (span.trace_id, span.span_id)).collect(),
        }
    }

    fn parent(&self, span: &CapturedSpan) -> Option<&'a CapturedSpan> {
        self.spans.get(&(span.trace_id(), span.parent_span_id()?)).copied()
    }

    /// The root of the span's trace.
    fn root(&self, span: &CapturedSpan) -> Option<&'a CapturedSpan> {
        self.roots.get(&span.trace_id()).copied()
    }
}

/// Whether the span learned its task only while it ran: it stays in its caller's trace, with a link to the task's root.
fn is_adrift(span: &CapturedSpan) -> bool {
    let Some(task_uuid) = span.uuid("task_uuid") else {
        return false;
    };
    let root = (derived::trace_id(task_uuid), derived::root_span_id(task_uuid));
    span.trace_id() != root.0
        && span
            .links()
            .iter()
            .any(|link| (link.trace_id(), link.span_id()) == root)
}

/// Whether sampling had dropped the span, and an error brought it back. Then what would have been around it may be dropped
/// still: its step's execution if that has succeeded, and its task's root if that ended in a process that knew of no error.
fn is_sampled_by_error(span: &CapturedSpan) -> bool {
    span.text("tasker.sampled_by") == Some("error")
}

/// Whether the span is one of the program's own, within the catalogue's: those of our macros say where they stand in code.
fn is_custom(span: &CapturedSpan) -> bool {
    let has = |name| span.attribute(name).is_some();
    catalogue::span(span.name()).is_none() && has("code.function.name") && (has("task_uuid") || has("step_uuid"))
}
