//! The lines of a tree for people: a label, times and notes for each row. `columns` aligns them.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::SystemTime;

use super::columns::Line;
use super::fold::{self, Rest};
use super::label::{Ancestors, Attempt, attempt, detail, is_repeated};
use super::paint::{Cell, Style, duration, range};
use super::snapshot::Known;
use super::status::Status;
use super::tree::{Node, Row};
use super::{CapturedSpan, Tree, failure};
use crate::identity::TraceId;
use crate::printable::printable;

/// The lines of a tree, with long runs `folded` or not, and with their links if `is_linked`. At most `levels` of its branches are drawn.
pub(super) fn lines(tree: &Tree, levels: usize, folded: bool, is_linked: bool) -> Vec<Line> {
    let context = Context::new(tree);
    let lines = tree.rows_and_ancestors();
    let mut lines: Vec<_> = lines.map(|(row, ancestors)| line(&context, row, ancestors)).collect();
    let drawn = if folded {
        fold::folded(tree.rows(), &lines)
    } else {
        fold::all(tree.rows())
    };
    if is_linked {
        // After the decision which lines are drawn: a link does not make a line special.
        for drawn in drawn.iter().filter(|drawn| drawn.rest.is_none()) {
            let span = tree.rows()[drawn.index].span();
            lines[drawn.index]
                .notes
                .extend(span.into_iter().flat_map(|span| linked(tree, span)));
        }
    }
    // For each level from the root to the row: whether its branch ends there.
    let mut ends = Vec::new();
    let drawn = drawn.into_iter().map(|drawn| {
        let mut line = std::mem::take(&mut lines[drawn.index]);
        if let Some(rest) = drawn.rest {
            line = rest_of_run(&line.label, line.start, &rest);
        }
        ends.truncate(tree.rows()[drawn.index].depth);
        ends.push(drawn.last);
        let shown = &ends[1..];
        let hidden = shown.len().saturating_sub(levels);
        let shown = &shown[hidden..];
        let margin = if hidden > 0 { "⋯  " } else { "" };
        let cell = |on, end| Cell::default().with(Style::Dim, format!("{margin}{}", branches(shown, on, end)));
        line.label = cell("├─ ", "└─ ").join(line.label);
        line.continuation = cell("│  ", "   ");
        line
    });
    drawn.collect()
}

struct Context<'a> {
    /// The start of the first span.
    begin: Option<SystemTime>,
    /// The names of the executed steps, or those of their handlers, by step UUID.
    steps: HashMap<&'a str, &'a str>,
}

impl<'a> Context<'a> {
    fn new(tree: &'a Tree) -> Self {
        let spans = || tree.walk().map(|(_, span)| span);
        let name = |span: &'a CapturedSpan| span.text("step_name").or_else(|| span.text("handler_name"));
        let steps = spans().filter_map(|span| Some((span.text("step_uuid")?, name(span)?)));
        Self {
            begin: spans().map(CapturedSpan::start).min(),
            steps: steps.collect(),
        }
    }

    /// The name of a step, if neither its span nor the ancestors show it, as on the orchestrator.
    fn step(&self, span: &CapturedSpan, ancestors: Ancestors<'_>) -> Option<&'a str> {
        let has = |name| span.text(name).is_some();
        // A transition shows its states.
        let is_named = has("handler_name") || has("step_name") && !has("to_state");
        let step = span.text("step_uuid").filter(|_| !is_named)?;
        self.steps.get(step).copied().filter(|_| !ancestors.have_step(step))
    }
}

/// The branches of the ancestors, and the row's own: `on` if more siblings follow.
fn branches(ends: &[bool], on: &str, end: &str) -> String {
    let Some((own, ancestors)) = ends.split_last() else {
        return String::new();
    };
    let ancestors = ancestors.iter().map(|ended| if *ended { "   " } else { "│  " });
    ancestors.chain([if *own { end } else { on }]).collect()
}

fn line(context: &Context<'_>, row: &Row, ancestors: Ancestors<'_>) -> Line {
    let mut label = Cell::default();
    let span = match &row.node {
        Node::Span(span) => span,
        Node::Missing(description) => {
            return placeholder(label.with(Style::Dim, format!("({})", printable(description))));
        }
        Node::Cycle => return placeholder(label.with(Style::Warning, "(each other's parents)")),
    };
    let name_style = match (span.is_error(), row.depth) {
        (true, _) => Style::Failure,
        (false, 0) => Style::Bold,
        (false, _) => Style::Plain,
    };
    label.push(name_style, printable(span.name()));
    push_detail(&mut label, span, ancestors);
    if let Some(step) = context.step(span, ancestors) {
        label.push(Style::Dim, format!("  {}", printable(step)));
    }
    push_attempt(&mut label, span, ancestors);
    if let Some(state) = span.text("tasker.final_state") {
        label.push(Style::Plain, format!("  {}", printable(state)));
    }
    let offset = context.begin.and_then(|begin| span.start().duration_since(begin).ok());
    Line {
        label,
        start: Cell::default().with(Style::Dim, format!("+{}", duration(offset.unwrap_or_default()))),
        duration: Cell::default().with(Style::Plain, duration(span.duration())),
        notes: notes(span),
        ..Line::default()
    }
}

fn placeholder(label: Cell) -> Line {
    Line {
        label,
        ..Line::default()
    }
}

/// `… 997 more like step.execution  charge_payment (2.10–3.40 ms)`, for the rest of a run whose first has
/// this label and start.
fn rest_of_run(label: &Cell, start: Cell, rest: &Rest) -> Line {
    let mut cell = Cell::default().with(Style::Dim, format!("… {} more like ", rest.count));
    cell.push_elastic(Style::Dim, label.text());
    if let Some((shortest, longest)) = rest.durations {
        cell.push(Style::Dim, format!(" ({})", range(shortest, longest)));
    }
    Line {
        label: cell,
        start,
        ..Line::default()
    }
}

/// Elastic is the state that a transition leaves, or else the name.
fn push_detail(label: &mut Cell, span: &CapturedSpan, ancestors: Ancestors<'_>) {
    if let (Some(from), Some(to)) = (span.text("from_state"), span.text("to_state")) {
        label.push(Style::Detail, "  ");
        label.push_elastic(Style::Detail, printable(from));
        label.push(Style::Detail, format!(" → {}", printable(to)));
    } else if let Some(detail) = detail(span, ancestors) {
        label.push(Style::Detail, "  ");
        label.push_elastic(Style::Detail, printable(&detail));
    }
}

/// Transitions show no attempt: their states are long, and the execution beside them shows it.
fn push_attempt(label: &mut Cell, span: &CapturedSpan, ancestors: Ancestors<'_>) {
    let Some(attempt) = attempt(span, ancestors).filter(|_| span.name() != "step.state_transition") else {
        return;
    };
    let style = if attempt.number > 1 { Style::Warning } else { Style::Dim };
    let max = span.integer("max_attempts");
    let of = max.map_or_else(String::new, |max| format!("/{max}"));
    label.push(style, format!("  attempt {}{of}", attempt.number));
    for (name, number) in attempt.more() {
        label.push(Style::Warning, format!("  {name} {number}"));
    }
}

/// `⇢ step.enqueuing`, or `⇢ step.execution  charge_payment  attempt 1 (previous_attempt)`, for each link.
fn linked(tree: &Tree, span: &CapturedSpan) -> impl Iterator<Item = Cell> {
    span.links().iter().map(|link| {
        let mut text = match tree.capture().find(link.trace_id(), link.span_id()) {
            Some(Known::Finished(target)) => target_of_link(target, tree.trace_id()),
            Some(Known::Open(target)) => target.name.clone().into_owned(),
            None if link.trace_id() == tree.trace_id() => format!("span {} (not captured)", link.span_id()),
            None => format!("span {} of trace {}", link.span_id(), link.trace_id()),
        };
        let relation = link.attributes().iter().find(|(name, _)| name == "tasker.link");
        if let Some((_, relation)) = relation {
            let _ = write!(text, " ({relation})");
        }
        Cell::default().with(Style::Dim, format!("⇢ {}", printable(&text)))
    })
}

/// The trace of the target is told if it is another one.
fn target_of_link(target: &CapturedSpan, trace_id: TraceId) -> String {
    let mut text = target.name().to_owned();
    if let Some(detail) = detail(target, Ancestors::default()) {
        let _ = write!(text, "  {detail}");
    }
    if let Some(attempt) = Attempt::of(target) {
        let _ = write!(text, "  attempt {}", attempt.number);
        for (name, number) in attempt.more() {
            let _ = write!(text, "  {name} {number}");
        }
    }
    if target.trace_id() != trace_id {
        let _ = write!(text, "  of trace {}", target.trace_id());
    }
    text
}

/// The error, the cancellation, the repetition and the violation. One of them cannot hide another.
fn notes(span: &CapturedSpan) -> Vec<Cell> {
    let mut notes = Vec::new();
    let mut note = |style, text| notes.push(Cell::default().with(style, text));
    if let Status::Error { description } = span.status() {
        let failure = failure::text(span.error_type(), description);
        note(Style::Failure, format!("✗ {}", printable(&failure)));
    }
    if span.attribute("tasker.cancelled").is_some() {
        note(Style::Warning, "✗ cancelled".to_owned());
    }
    if is_repeated(span) {
        note(Style::Warning, "attempt repeated".to_owned());
    }
    if let Some(violation) = span.text("tasker.violation") {
        note(Style::Warning, format!("! {}", printable(violation)));
    }
    notes
}
