//! Checks that a span's parent is allowed by the catalogue, and that it was captured.

use super::{Expect, Index, Problem, ProblemKind, execution, is_sampled_at_end, marked};
use crate::catalogue::place::UNKNOWN;
use crate::catalogue::{self, Family, Parent, SpanSpec};
use crate::identity::{self, SpanId};
use crate::testing::{CapturedLink, CapturedSpan};

/// The nearest ancestor in the catalogue. Custom spans and spans of other code are skipped.
enum Ancestor<'a> {
    None,
    Span(&'a CapturedSpan, &'static SpanSpec),
    /// A span that was not captured, known by its derived id.
    Derived(&'static SpanSpec),
    Unknown,
    /// The span is its own ancestor.
    Cycle,
}

pub(super) fn check(span: &CapturedSpan, index: &Index<'_>, expect: Expect, problems: &mut Vec<Problem>) {
    check_captured(span, index, expect, problems);
    if let Some(root) = index.root(span).filter(|root| span.end() < root.start()) {
        let message = format!("ended before its task started: check `started_at` of `{}`", root.name());
        problems.push(Problem::of(span, ProblemKind::WrongTimes, message));
    }
    if let Some(work) = marked(span) {
        return check_marked(span, work, index, problems);
    }
    let Some(spec) = catalogue::span(span.name()) else {
        return;
    };
    // An unsampled parent is not exported: its child is then a child of the root.
    let may_skip_parents = is_sampled_at_end(span);
    let actual = match ancestor(span, index) {
        ancestor
            if is_allowed(spec.parents, &ancestor)
                || is_moment(spec) && is_accounted_for(span, spec.parents, index) =>
        {
            return;
        }
        Ancestor::Span(root, spec)
            if may_skip_parents && spec.parents.is_empty() && root.parent_span_id().is_none() =>
        {
            return;
        }
        Ancestor::Derived(spec) if may_skip_parents && spec.parents.is_empty() => return,
        Ancestor::None => "has no parent".to_owned(),
        Ancestor::Span(parent, _) => match (parent.text("from_state"), parent.text("to_state")) {
            (Some(from), Some(to)) => format!("is a child of `{}` {from} → {to}", parent.name()),
            _ => format!("is a child of `{}`", parent.name()),
        },
        Ancestor::Derived(parent) => format!("is a child of `{}`", parent.name),
        Ancestor::Unknown => "has a parent".to_owned(),
        Ancestor::Cycle => "is its own ancestor".to_owned(),
    };
    let message = format!("{actual}, but must be {}", allowed(spec.parents));
    problems.push(Problem::of(span, ProblemKind::WrongParent, message));
}

/// A marker is a sibling of its step's finished execution, and a child of its task's root.
fn check_marked(span: &CapturedSpan, work: &SpanSpec, index: &Index<'_>, problems: &mut Vec<Problem>) {
    if span.parent_span_id().is_none() {
        let message = format!("has no parent, but marks `{}`", work.name);
        problems.push(Problem::of(span, ProblemKind::WrongParent, message));
        return;
    }
    for link in span.links() {
        let finished = index.spans.get(&(link.trace_id(), link.span_id()));
        let is_work = |finished: &&&CapturedSpan| finished.name() == work.name;
        if let Some(finished) = finished.filter(is_work)
            && finished.parent_span_id() != span.parent_span_id()
        {
            let message = format!("is no sibling of the finished `{}` that it links to", work.name);
            problems.push(Problem::of(span, ProblemKind::WrongParent, message));
        }
    }
}

/// Every parent must have been captured once the task has ended.
fn check_captured(span: &CapturedSpan, index: &Index<'_>, expect: Expect, problems: &mut Vec<Problem>) {
    let Some(parent) = span.parent_span_id().filter(|_| index.parent(span).is_none()) else {
        return;
    };
    // A missing root is one problem of the task, not one of each child.
    let is_due = expect == Expect::Complete || index.root(span).is_some();
    if !is_due || is_root_of(span, parent) {
        return;
    }
    let is_open = index.open.contains(&(span.trace_id(), parent));
    let fate = if is_open { "has not ended" } else { "was not captured" };
    let message = format!("its parent, {parent}, {fate}");
    problems.push(Problem::of(span, ProblemKind::MissingParent, message));
}

fn ancestor<'a>(span: &CapturedSpan, index: &Index<'a>) -> Ancestor<'a> {
    let Some(mut id) = span.parent_span_id() else {
        return Ancestor::None;
    };
    // More ancestors than spans are a cycle.
    for _ in 0..=index.spans.len() {
        let Some(parent) = index.spans.get(&(span.trace_id(), id)).copied() else {
            return derived(span, id).map_or(Ancestor::Unknown, Ancestor::Derived);
        };
        match (catalogue::span(parent.name()), parent.parent_span_id()) {
            (Some(_), _) if parent.span_id() == span.span_id() => return Ancestor::Cycle,
            (Some(spec), _) => return Ancestor::Span(parent, spec),
            (None, Some(next)) => id = next,
            (None, None) => return Ancestor::None,
        }
    }
    Ancestor::Cycle
}

/// Whether the work belongs to a transition, which may be over before it begins, or come after it.
fn is_moment(spec: &SpanSpec) -> bool {
    spec.parents
        .iter()
        .any(|parent| matches!(parent, Parent::Transition { .. }))
}

/// Whether the work links to its transition, or says that none was seen: it does so where no transition encloses it.
fn is_accounted_for(span: &CapturedSpan, parents: &[Parent], index: &Index<'_>) -> bool {
    let mut links = span.links().iter();
    let is_transition = |link: &CapturedLink| {
        let linked = index.spans.get(&(link.trace_id(), link.span_id()));
        linked.is_some_and(|linked| is_one_of(linked, parents))
    };
    span.parent_span_id().is_some()
        && (span.attribute("tasker.transition_unseen").is_some() || links.any(is_transition))
}

/// Whether the span is one of these transitions.
fn is_one_of(span: &CapturedSpan, parents: &[Parent]) -> bool {
    parents.iter().any(|parent| match *parent {
        Parent::Transition { from, to } => {
            let state = span.text("from_state");
            let is_from = state.is_some_and(|state| state == from || state == UNKNOWN);
            span.name() == "task.state_transition" && is_from && span.text("to_state") == Some(to)
        }
        Parent::Span(_) | Parent::AnyTaskSpan => false,
    })
}

/// The span of this derived id, as far as `span` can tell.
fn derived(span: &CapturedSpan, id: SpanId) -> Option<&'static SpanSpec> {
    if is_root_of(span, id) {
        return catalogue::span("task.orchestration");
    }
    let is_execution = execution(span)?.span_id(span.uuid("step_uuid")?) == id;
    catalogue::span("step.execution").filter(|_| is_execution)
}

fn is_root_of(span: &CapturedSpan, id: SpanId) -> bool {
    let task_uuid = span.uuid("task_uuid");
    task_uuid.is_some_and(|task_uuid| identity::root_span_id(task_uuid) == id)
}

fn is_allowed(parents: &[Parent], ancestor: &Ancestor<'_>) -> bool {
    let (span, spec) = match *ancestor {
        Ancestor::None => return parents.is_empty(),
        Ancestor::Unknown => return !parents.is_empty(),
        Ancestor::Cycle => return false,
        Ancestor::Span(span, spec) => (Some(span), spec),
        Ancestor::Derived(spec) => (None, spec),
    };
    if parents.is_empty() {
        // A driver that runs again for its task is a child of the root.
        return spec.parents.is_empty() && span.is_none_or(|root| root.parent_span_id().is_none());
    }
    parents.iter().any(|parent| match *parent {
        Parent::Span(name) => spec.name == name,
        Parent::Transition { .. } => span.is_some_and(|span| is_one_of(span, std::slice::from_ref(parent))),
        Parent::AnyTaskSpan => spec.family == Family::Task,
    })
}

fn allowed(parents: &[Parent]) -> String {
    if parents.is_empty() {
        return "the root of its task".to_owned();
    }
    let parents = parents.iter().map(|parent| match parent {
        Parent::Span(name) => format!("`{name}`"),
        Parent::Transition { from, to } => format!("`task.state_transition` {from} → {to}"),
        Parent::AnyTaskSpan => "any task span".to_owned(),
    });
    format!("a child of {}", parents.collect::<Vec<_>>().join(" or "))
}
