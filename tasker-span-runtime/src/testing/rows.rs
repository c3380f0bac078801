//! The lines of a tree for people: a label, times and notes for each row. `columns` aligns them.

use std::collections::HashMap;
use std::time::SystemTime;

use super::columns::Line;
use super::label::{Ancestors, attempt, detail, is_repeated};
use super::paint::{Cell, Style, duration};
use super::status::Status;
use super::tree::{Node, Row};
use super::{CapturedSpan, Tree};
use crate::printable::printable;

/// The lines of a tree. At most `levels` of its branches are drawn.
pub(super) fn lines(tree: &Tree, levels: usize) -> Vec<Line> {
    let context = Context::new(tree);
    // For each level from the root to the row: whether its branch ends there.
    let mut ends = Vec::new();
    let rows = tree.rows_and_ancestors().map(|(row, ancestors)| {
        ends.truncate(row.depth);
        ends.push(row.last);
        let shown = &ends[1..];
        let hidden = shown.len().saturating_sub(levels);
        let shown = &shown[hidden..];
        let margin = if hidden > 0 { "⋯  " } else { "" };
        let label = Cell::default().with(Style::Dim, format!("{margin}{}", branches(shown, "├─ ", "└─ ")));
        let mut line = line(&context, row, ancestors, label);
        line.continuation
            .push(Style::Dim, format!("{margin}{}", branches(shown, "│  ", "   ")));
        line
    });
    rows.collect()
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

fn line(context: &Context<'_>, row: &Row, ancestors: Ancestors<'_>, mut label: Cell) -> Line {
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
        note: note(span),
        ..Line::default()
    }
}

fn placeholder(label: Cell) -> Line {
    Line {
        label,
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

/// The error, the cancellation, the repetition and the violation.
fn note(span: &CapturedSpan) -> Cell {
    let mut note = Cell::default();
    if let Status::Error { description } = span.status() {
        let texts = [span.error_type().unwrap_or_default(), description].map(printable);
        let texts = texts.iter().filter(|text| !text.is_empty()).map(|text| &**text);
        note.push(Style::Failure, format!("✗ {}", texts.collect::<Vec<_>>().join(": ")));
    }
    if span.attribute("tasker.cancelled").is_some() {
        note.push(Style::Warning, "✗ cancelled");
    }
    if is_repeated(span) {
        let gap = if note.width() > 0 { "  " } else { "" };
        note.push(Style::Warning, format!("{gap}attempt repeated"));
    }
    if let Some(violation) = span.text("tasker.violation") {
        let gap = if note.width() > 0 { "  " } else { "" };
        note.push(Style::Warning, format!("{gap}! {}", printable(violation)));
    }
    note
}
