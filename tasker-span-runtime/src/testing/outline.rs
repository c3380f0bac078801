//! `Outline`: the compact text of spans for assertions, without times and ids. For people there is
//! `text`.

use std::fmt;

use super::label::Ancestors;
use super::snapshot::Known;
use super::status::Status;
use super::tree::{Node, Row};
use super::{CapturedSpan, Spans, Tree, label};
use crate::printable::printable;

/// Spans as indented text without times or ids, so that a test can compare it.
///
/// A line has the span's name; then what tells it from its siblings (a transition's states,
/// `handler_name`, `task_name`, the attempt), unless its parent has the same; then the chosen
/// attributes; then the outcome: `ERROR` with `error.type` or else the description, `CANCELLED`,
/// `VIOLATION`. An empty line separates traces.
///
/// ```
/// use tasker_span_runtime::testing::{Capture, Outline};
/// use tracing::info_span;
///
/// let capture = Capture::start();
/// info_span!("order", number = 7, paid = true).in_scope(|| {
///     info_span!("charge", handler_name = "charge_payment").in_scope(|| tracing::info!("declined"));
/// });
///
/// let outline = Outline::new(&capture.spans()).attributes(&["number", "paid"]).events();
/// assert_eq!(outline.to_string(), "\
/// order number=7 paid=true
///   charge charge_payment
///     · declined
/// ");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "display it, or compare its text"]
pub struct Outline {
    trees: Vec<Tree>,
    attributes: Vec<String>,
    kinds: bool,
    links: bool,
    events: bool,
}

impl Outline {
    /// The outline of the selected spans.
    pub fn new(spans: &Spans) -> Self {
        Self::of(spans.trees())
    }

    /// The outline of trees.
    pub fn of(trees: impl IntoIterator<Item = Tree>) -> Self {
        Self {
            trees: trees.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Shows these attributes of each span that has them, as `name=value`.
    pub fn attributes(mut self, names: &[&str]) -> Self {
        self.attributes.extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// Shows the span kinds that are not `internal`.
    pub fn kinds(mut self) -> Self {
        self.kinds = true;
        self
    }

    /// Shows the name of each linked span, or `elsewhere` if it was not captured.
    pub fn links(mut self) -> Self {
        self.links = true;
        self
    }

    /// Shows each span's events on lines of their own, before its children.
    pub fn events(mut self) -> Self {
        self.events = true;
        self
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, tree: &Tree, row: &Row) -> fmt::Result {
        write!(f, "{:indent$}", "", indent = row.depth * 2)?;
        match &row.node {
            Node::Span(span) => self.write_span(f, tree, row, span),
            Node::Missing(what) => writeln!(f, "({})", printable(what)),
            Node::Cycle => writeln!(f, "(each other's parents)"),
        }
    }

    fn write_span(&self, f: &mut fmt::Formatter<'_>, tree: &Tree, row: &Row, span: &CapturedSpan) -> fmt::Result {
        let parent = tree.parent_of(row).map(Ancestors::parent).unwrap_or_default();
        f.write_str(&printable(span.name()))?;
        if let Some(detail) = label::detail(span, parent) {
            write!(f, " {}", printable(&detail))?;
        }
        if let Some(attempt) = label::attempt(span, parent) {
            write!(f, " attempt={}", attempt.number)?;
            for (name, number) in attempt.more() {
                write!(f, " {name}={number}")?;
            }
        }
        let kind = format!("{:?}", span.kind()).to_lowercase();
        if self.kinds && kind != "internal" {
            write!(f, " {kind}")?;
        }
        let attributes = span.attributes().iter();
        for (name, value) in attributes.filter(|(name, _)| self.attributes.contains(name)) {
            write!(f, " {name}={}", printable(&value.to_string()))?;
        }
        if self.links {
            for link in span.links() {
                let target = tree.capture().find(link.trace_id(), link.span_id());
                write!(f, " link={}", printable(target.map_or("elsewhere", Known::name)))?;
            }
        }
        if let Some(violation) = span.text("tasker.violation") {
            write!(f, " VIOLATION ({})", printable(violation))?;
        }
        if label::is_repeated(span) {
            f.write_str(" REPEATED")?;
        }
        if span.attribute("tasker.cancelled").is_some() {
            f.write_str(" CANCELLED")?;
        }
        match span.status() {
            Status::Unset => {}
            Status::Ok => f.write_str(" OK")?,
            Status::Error { description } => {
                write!(f, " ERROR {}", printable(span.error_type().unwrap_or(description)))?;
            }
        }
        f.write_str("\n")?;
        if self.events {
            for event in span.events() {
                let indent = row.depth * 2 + 2;
                writeln!(f, "{:indent$}· {}", "", printable(event.name()))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tree) in self.trees.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            tree.rows().iter().try_for_each(|row| self.write_row(f, tree, row))?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Outline::of([self.clone()]).fmt(f)
    }
}

/// The spans as indented text, as [`Spans::to_tree_text`].
impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Outline::new(self).fmt(f)
    }
}

impl Spans {
    /// The spans as indented text for assertions: an [`Outline`] with its defaults.
    pub fn to_tree_text(&self) -> String {
        self.to_string()
    }
}
