//! The text of a capture for people: a tree of each trace with times, attempts and failures in columns.

use std::fmt;
use std::io::IsTerminal;
use std::time::SystemTime;

use opentelemetry::trace::Status;

use super::columns::{Columns, Line};
use super::label::{attempt, detail, printable};
use super::paint::{Cell, Style, duration};
use super::tree::{Node, Row};
use super::{CapturedSpan, Spans, Tree};

/// Narrower than this no tree is readable.
const MIN_WIDTH: usize = 60;
/// Where a terminal does not say how wide it is.
const TERMINAL_WIDTH: usize = 120;
/// How many levels are drawn at most; those further out are left out of the lines that stand deeper.
const MAX_LEVELS: usize = 24;

/// Spans as trees for a terminal: start, duration, attempts and failures, aligned.
///
/// ```
/// use tasker_span_runtime::testing::{Capture, TreeText};
/// use tracing::info_span;
///
/// let capture = Capture::start();
/// info_span!("order").in_scope(|| info_span!("charge", handler_name = "charge_payment").in_scope(|| {}));
///
/// let text = TreeText::new(&capture.spans()).colour(false).render();
/// let mut lines = text.lines();
/// assert!(lines.next().unwrap().starts_with("order   "));
/// assert!(lines.next().unwrap().starts_with("└─ charge  charge_payment  "));
/// ```
#[derive(Clone, Debug)]
pub struct TreeText {
    trees: Vec<Tree>,
    colour: bool,
    width: Option<usize>,
}

impl TreeText {
    /// The selected spans, without colours and as wide as they are.
    pub fn new(spans: &Spans) -> Self {
        Self::of(spans.trees())
    }

    /// Trees, without colours and as wide as they are.
    pub fn of(trees: impl IntoIterator<Item = Tree>) -> Self {
        Self {
            trees: trees.into_iter().collect(),
            colour: false,
            width: None,
        }
    }

    /// Suits the standard output: a terminal gets colours, unless `NO_COLOR` is set, and lines no longer than `COLUMNS`.
    #[must_use]
    pub fn for_stdout(self) -> Self {
        if !std::io::stdout().is_terminal() {
            return self;
        }
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        self.colour(!is_set("NO_COLOR"))
            .width(columns.unwrap_or(TERMINAL_WIDTH))
    }

    /// Whether to use ANSI colours.
    #[must_use]
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// How many characters a line may have, 60 at least. What does not fit is cut and ends in `…`.
    #[must_use]
    pub fn width(mut self, width: usize) -> Self {
        self.width = Some(width.max(MIN_WIDTH));
        self
    }

    /// The text, each line ended by a line feed.
    pub fn render(&self) -> String {
        self.to_string()
    }

    fn write_tree(&self, f: &mut fmt::Formatter<'_>, tree: &Tree) -> fmt::Result {
        let levels = self.width.map_or(MAX_LEVELS, |width| MAX_LEVELS.min(width / 12));
        let mut lines = lines(tree, levels);
        let columns = Columns::new(&lines, self.width);
        lines
            .iter_mut()
            .try_for_each(|line| columns.write(f, line, self.colour))
    }
}

impl fmt::Display for TreeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tree) in self.trees.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            self.write_tree(f, tree)?;
        }
        Ok(())
    }
}

fn lines(tree: &Tree, levels: usize) -> Vec<Line> {
    let begin = tree.walk().map(|(_, span)| span.start()).min();
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
        let mut line = line(tree, row, label, begin);
        line.continuation
            .push(Style::Dim, format!("{margin}{}", branches(shown, "│  ", "   ")));
        line
    });
    rows.collect()
}

/// The lines that come down from the levels above, and those of the row itself: `on` where more siblings follow.
fn branches(ends: &[bool], on: &str, end: &str) -> String {
    let Some((own, above)) = ends.split_last() else {
        return String::new();
    };
    let above = above.iter().map(|ended| if *ended { "   " } else { "│  " });
    above.chain([if *own { end } else { on }]).collect()
}

fn line(tree: &Tree, row: &Row, mut label: Cell, begin: Option<SystemTime>) -> Line {
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
    let above = tree.parent_of(row);
    let name_style = match (span.is_error(), row.depth) {
        (true, _) => Style::Failure,
        (false, 0) => Style::Bold,
        (false, _) => Style::Plain,
    };
    label.push(name_style, printable(span.name()));
    if let Some(detail) = detail(span, above) {
        label.push(Style::Detail, format!("  {}", printable(&detail)));
    }
    push_attempt(&mut label, span, above);
    if let Some(state) = span.text("tasker.final_state") {
        label.push(Style::Plain, format!("  {}", printable(state)));
    }
    let offset = begin
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
