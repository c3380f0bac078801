//! Whether a span stands where the catalogue allows it.

use super::{Expect, Index, Problem, ProblemKind, is_sampled_by_error};
use crate::catalogue::{self, Family, Parent, SpanSpec};
use crate::identity::{self, SpanId};
use crate::state::UNKNOWN;
use crate::testing::CapturedSpan;

/// What a span stands under, other code's spans and the program's own looked through.
enum Above<'a> {
    Nothing,
    Span(&'a CapturedSpan, &'static SpanSpec),
    /// A span of the catalogue that was not captured, known by its derived id.
    Derived(&'static SpanSpec),
    Unknown,
    /// The span is its own ancestor.
    Ring,
}

pub(super) fn check(span: &CapturedSpan, index: &Index<'_>, expect: Expect, problems: &mut Vec<Problem>) {
    check_parent(span, index, expect, problems);
    if let Some(root) = index.root(span).filter(|root| span.end() < root.start()) {
        let message = format!("ended before its task started: check `started_at` of `{}`", root.name());
        problems.push(Problem::of(span, ProblemKind::WrongTimes, message));
    }
    let Some(spec) = catalogue::span(span.name()) else {
        return;
    };
    let place = match above(span, index) {
        above if is_allowed(spec.parents, &above) => return,
        // What it belongs under is dropped.
        Above::Span(root, spec)
            if is_sampled_by_error(span) && spec.parents.is_empty() && root.parent_span_id().is_none() =>
        {
            return;
        }
        Above::Derived(spec) if is_sampled_by_error(span) && spec.parents.is_empty() => return,
        Above::Nothing => "stands alone".to_owned(),
        Above::Span(parent, _) => match (parent.text("from_state"), parent.text("to_state")) {
            (Some(from), Some(to)) => format!("stands under `{}` {from} → {to}", parent.name()),
            _ => format!("stands under `{}`", parent.name()),
        },
        Above::Derived(parent) => format!("stands under `{}`", parent.name),
        Above::Unknown => "has a parent".to_owned(),
        Above::Ring => "is its own ancestor".to_owned(),
    };
    problems.push(Problem::of(
        span,
        ProblemKind::WrongPlace,
        format!("{place}, but {}", expectation(spec.parents)),
    ));
}

/// Every span's parent must be there once its task has ended.
fn check_parent(span: &CapturedSpan, index: &Index<'_>, expect: Expect, problems: &mut Vec<Problem>) {
    let Some(parent) = span.parent_span_id().filter(|_| index.parent(span).is_none()) else {
        return;
    };
    // A missing root is one problem of its task's, not one of each child's.
    let is_due = expect == Expect::Complete || index.root(span).is_some();
    if !is_due || is_root_of(span, parent) {
        return;
    }
    let fate = if index.open.contains(&(span.trace_id(), parent)) {
        "has not ended"
    } else {
        "was not captured"
    };
    problems.push(Problem::of(
        span,
        ProblemKind::MissingParent,
        format!("its parent, {parent}, {fate}"),
    ));
}

fn above<'a>(span: &CapturedSpan, index: &Index<'a>) -> Above<'a> {
    let Some(mut id) = span.parent_span_id() else {
        return Above::Nothing;
    };
    // No way up is longer than there are spans, unless it goes round in a ring.
    for _ in 0..=index.spans.len() {
        let Some(parent) = index.spans.get(&(span.trace_id(), id)).copied() else {
            return derived(span, id).map_or(Above::Unknown, Above::Derived);
        };
        if let Some(spec) = catalogue::span(parent.name()) {
            return if parent.span_id() == span.span_id() {
                Above::Ring
            } else {
                Above::Span(parent, spec)
            };
        }
        match parent.parent_span_id() {
            Some(next) => id = next,
            None => return Above::Nothing,
        }
    }
    Above::Ring
}

/// The span of this derived id, as far as `span` can tell.
fn derived(span: &CapturedSpan, id: SpanId) -> Option<&'static SpanSpec> {
    if is_root_of(span, id) {
        return catalogue::span("task.orchestration");
    }
    let attempt = u32::try_from(span.integer("attempt_number")?).ok()?;
    let is_execution = identity::execution_span_id(span.uuid("step_uuid")?, attempt) == id;
    catalogue::span("step.execution").filter(|_| is_execution)
}

fn is_root_of(span: &CapturedSpan, id: SpanId) -> bool {
    span.uuid("task_uuid")
        .is_some_and(|task_uuid| identity::root_span_id(task_uuid) == id)
}

fn is_allowed(parents: &[Parent], above: &Above<'_>) -> bool {
    let (standing, spec) = match *above {
        Above::Nothing => return parents.is_empty(),
        Above::Unknown => return !parents.is_empty(),
        Above::Ring => return false,
        Above::Span(span, spec) => (Some(span), spec),
        Above::Derived(spec) => (None, spec),
    };
    if parents.is_empty() {
        // A driver that runs again for its task stands under the root.
        return spec.parents.is_empty() && standing.is_none_or(|root| root.parent_span_id().is_none());
    }
    parents.iter().any(|parent| match *parent {
        Parent::Span(name) => spec.name == name,
        Parent::Transition { from, to } => standing.is_some_and(|standing| {
            let is_from = standing
                .text("from_state")
                .is_some_and(|state| state == from || state == UNKNOWN);
            spec.name == "task.state_transition" && is_from && standing.text("to_state") == Some(to)
        }),
        Parent::AnyTaskSpan => spec.family == Family::Task,
    })
}

fn expectation(parents: &[Parent]) -> String {
    if parents.is_empty() {
        return "is the root of its task".to_owned();
    }
    let places = parents.iter().map(|parent| match parent {
        Parent::Span(name) => format!("`{name}`"),
        Parent::Transition { from, to } => format!("`task.state_transition` {from} → {to}"),
        Parent::AnyTaskSpan => "any task span".to_owned(),
    });
    format!("belongs under {}", places.collect::<Vec<_>>().join(" or "))
}
