//! What the human rendering says about each row of a tree.

use std::collections::HashMap;
use std::time::SystemTime;

use super::columns::Line;
use super::label::{attempt, detail, printable};
use super::paint::{Cell, Style, duration};
use super::status::Status;
use super::tree::{Node, Row};
use super::{CapturedSpan, Tree};

/// The lines of a tree, of which at most `levels` are drawn.
pub(super) fn lines(tree: &Tree, levels: usize) -> Vec<Line> {
    let around = Around::new(tree);
    // For each level from the top down to the row: whether its branch ends there.
    let mut ends = Vec::new();
    let rows = tree.rows().iter().map(|row| {
        ends.truncate(row.depth);
        ends.push(row.last);
        let shown = &ends[1..];
        let hidden = shown.len().saturating_sub(levels);
        let shown = &shown[hidden..];
        let margin = if hidden > 0 { "⋯  " } else { "" };
        let label = Cell::default().with(Style::Dim, format!("{margin}{}", branches(shown, "├─ ", "└─ ")));
        let mut line = line(&around, row, label);
        line.continuation
            .push(Style::Dim, format!("{margin}{}", branches(shown, "│  ", "   ")));
        line
    });
    rows.collect()
}

/// What a row needs to know of its tree.
struct Around<'a> {
    tree: &'a Tree,
    /// When the first span began.
    begin: Option<SystemTime>,
    /// Step UUIDs and the handlers that executed them.
    handlers: HashMap<&'a str, &'a str>,
}

impl<'a> Around<'a> {
    fn new(tree: &'a Tree) -> Self {
        let spans = || tree.walk().map(|(_, span)| span);
        let handlers = spans().filter_map(|span| Some((span.text("step_uuid")?, span.text("handler_name")?)));
        Self {
            tree,
            begin: spans().map(CapturedSpan::start).min(),
            handlers: handlers.collect(),
        }
    }

    /// The handler of a step whose span does not name it and stands under another's, as on the orchestrator.
    fn handler(&self, span: &CapturedSpan, above: Option<&CapturedSpan>) -> Option<&'a str> {
        let step = span.text("step_uuid").filter(|_| span.text("handler_name").is_none())?;
        let is_news = above.and_then(|above| above.text("step_uuid")) != Some(step);
        self.handlers.get(step).copied().filter(|_| is_news)
    }
}

/// The lines that come down from the levels above, and those of the row itself: `on` where more siblings follow.
fn branches(ends: &[bool], on: &str, end: &str) -> String {
    let Some((own, above)) = ends.split_last() else {
        return String::new();
    };
    let above = above.iter().map(|ended| if *ended { "   " } else { "│  " });
    above.chain([if *own { end } else { on }]).collect()
}

fn line(around: &Around<'_>, row: &Row, mut label: Cell) -> Line {
    let span = match &row.node {
        Node::Span(span) => span,
        Node::Missing(what) => {
            return Line {
                label: label.with(Style::Dim, format!("({})", printable(what))),
                ..Line::default()
            };
        }
        Node::Ring => {
            return Line {
                label: label.with(Style::Warning, "(each other's parents)"),
                ..Line::default()
            };
        }
    };
    let above = around.tree.parent_of(row);
    let name_style = match (span.is_error(), row.depth) {
        (true, _) => Style::Failure,
        (false, 0) => Style::Bold,
        (false, _) => Style::Plain,
    };
    label.push(name_style, printable(span.name()));
    push_detail(&mut label, span, above);
    if let Some(handler) = around.handler(span, above) {
        label.push(Style::Dim, format!("  {}", printable(handler)));
    }
    push_attempt(&mut label, span, above);
    if let Some(state) = span.text("tasker.final_state") {
        label.push(Style::Plain, format!("  {}", printable(state)));
    }
    let offset = around
        .begin
        .and_then(|begin| span.start().duration_since(begin).ok())
        .unwrap_or_default();
    Line {
        label,
        start: Cell::default().with(Style::Dim, format!("+{}", duration(offset))),
        duration: Cell::default().with(Style::Plain, duration(span.duration())),
        note: note(span),
        ..Line::default()
    }
}

/// Of a transition's states the one that it leaves gives way where there is no room; else the name, to the attempt.
fn push_detail(label: &mut Cell, span: &CapturedSpan, above: Option<&CapturedSpan>) {
    if let (Some(from), Some(to)) = (span.text("from_state"), span.text("to_state")) {
        label.push(Style::Detail, "  ");
        label.push_elastic(Style::Detail, printable(from));
        label.push(Style::Detail, format!(" → {}", printable(to)));
    } else if let Some(detail) = detail(span, above) {
        label.push(Style::Detail, "  ");
        label.push_elastic(Style::Detail, printable(&detail));
    }
}

/// Not on transitions: the states are long, and the execution next to them says it.
fn push_attempt(label: &mut Cell, span: &CapturedSpan, above: Option<&CapturedSpan>) {
    let Some((attempt, max)) = attempt(span, above).filter(|_| span.name() != "step.state_transition") else {
        return;
    };
    let style = if attempt > 1 { Style::Warning } else { Style::Dim };
    let of = max.map_or_else(String::new, |max| format!("/{max}"));
    label.push(style, format!("  attempt {attempt}{of}"));
}

/// What went wrong.
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
    if let Some(violation) = span.text("tasker.violation") {
        let gap = if note.width() > 0 { "  " } else { "" };
        note.push(Style::Warning, format!("{gap}! {}", printable(violation)));
    }
    note
}
