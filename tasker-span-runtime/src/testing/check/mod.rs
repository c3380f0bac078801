//! The catalogue's rules, checked on captured spans. The checks use neither macros nor spans of the
//! runtime, because these are under test.

mod attributes;
mod identity;
mod parent;
mod problem;
mod sampling;
mod trace;

use std::collections::{HashMap, HashSet};

pub use problem::{Problem, ProblemKind};

use super::CapturedSpan;
use super::snapshot::Snapshot;
use crate::catalogue::{self, SpanSpec};
use crate::identity::{Execution, SpanId, TraceId, root_span_id};

/// How much of a task must have been captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// Tasks may still run: roots and spans of other processes may be missing.
    Unfinished,
    /// Every task has ended, and all of its spans were captured.
    Complete,
}

/// The problems of the selected spans, in their order; then those of whole traces.
pub(super) fn run(selected: &[CapturedSpan], capture: &Snapshot, expect: Expect) -> Vec<Problem> {
    let index = Index::new(capture);
    let mut problems = Vec::new();
    for span in selected {
        attributes::check(span, capture.unknown_namespace, &mut problems);
        identity::check(span, &index, &mut problems);
        sampling::check(span, &mut problems);
        if !joined_task_late(span) {
            parent::check(span, &index, expect, &mut problems);
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
        let finished = || capture.finished.iter();
        let mut roots = HashMap::new();
        for root in finished().filter(is_root) {
            let derived = root.uuid("task_uuid").map(root_span_id);
            // Of several the one with the derived id.
            if derived == Some(root.span_id()) {
                roots.insert(root.trace_id(), root);
            } else {
                roots.entry(root.trace_id()).or_insert(root);
            }
        }
        let open = capture.open.iter().map(|span| (span.trace_id, span.span_id));
        Self {
            spans: finished()
                .map(|span| ((span.trace_id(), span.span_id()), span))
                .collect(),
            roots,
            open: open.collect(),
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

/// The execution of the span's step that it is, or is about.
fn execution(span: &CapturedSpan) -> Option<Execution> {
    let [attempt, generation, continuation] =
        ["attempt_number", "generation", "continuation"].map(|name| span.integer(name));
    Execution::of(attempt, generation, continuation)
}

/// Whether the span got its task UUID while it ran. It stays in its caller's trace, with a link to
/// the task's root.
fn joined_task_late(span: &CapturedSpan) -> bool {
    let Some(task_uuid) = span.uuid("task_uuid") else {
        return false;
    };
    let root = (
        crate::identity::trace_id(task_uuid),
        crate::identity::root_span_id(task_uuid),
    );
    let mut links = span.links().iter();
    span.trace_id() != root.0 && links.any(|link| (link.trace_id(), link.span_id()) == root)
}

/// Whether a span that was not sampled at its start was exported, for an error or for slowness. Its
/// parent may be missing: an execution that succeeded, or a root that ended in another process.
fn is_sampled_at_end(span: &CapturedSpan) -> bool {
    span.text("tasker.sampled_by").is_some()
}

/// Whether the runtime wrote the span in place of code: an emitted root, a lost attempt, a recorded transition.
fn is_without_code(span: &CapturedSpan) -> bool {
    span.attribute("code.function.name").is_none()
}

/// Whether the span is a marker of work that runs: `step.running` or `task.running`. Returns the span of the work's catalogue.
fn marked(span: &CapturedSpan) -> Option<&'static SpanSpec> {
    let name = match span.name() {
        "step.running" => "step.execution",
        "task.running" => "task.orchestration",
        _ => return None,
    };
    catalogue::span(name).filter(|_| is_without_code(span))
}

/// Whether the span is a custom one (`within = …`): our macros record its source location.
fn is_custom(span: &CapturedSpan) -> bool {
    let has = |name| span.attribute(name).is_some();
    catalogue::span(span.name()).is_none() && has("code.function.name") && (has("task_uuid") || has("step_uuid"))
}
