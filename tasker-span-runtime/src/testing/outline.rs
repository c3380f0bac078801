//! The compact text of a capture: stable from run to run, for assertions.

use std::fmt;

use super::snapshot::Known;
use super::status::Status;
use super::tree::{Node, Row};
use super::{CapturedSpan, Spans, Tree, label};

/// Spans as indented text without times or ids, so that a test can compare it with what it expects.
///
/// A line is the span's name, then what tells it from its siblings (a transition's states, `handler_name`, `task_name`,
/// the attempt; none of them repeated from the span above), then the chosen attributes, then what went wrong: `ERROR`
/// with `error.type` or else the description, `CANCELLED`, `VIOLATION`. An empty line separates traces.
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
#[derive(Clone, Debug)]
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
        let trees = trees.into_iter().collect();
        Self {
            trees,
            attributes: Vec::new(),
            kinds: false,
            links: false,
            events: false,
        }
    }

    /// Shows these attributes of each span that has them, as `name=value`.
    #[must_use]
    pub fn attributes(mut self, names: &[&str]) -> Self {
        self.attributes.extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// Shows the span kinds that are not `internal`.
    #[must_use]
    pub fn kinds(mut self) -> Self {
        self.kinds = true;
        self
    }

    /// Shows what each link points at: the span's name, or `elsewhere`.
    #[must_use]
    pub fn links(mut self) -> Self {
        self.links = true;
        self
    }

    /// Shows each span's events on lines of their own, above its children.
    #[must_use]
    pub fn events(mut self) -> Self {
        self.events = true;
        self
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, tree: &Tree, row: &Row) -> fmt::Result {
        write!(f, "{:indent$}", "", indent = row.depth * 2)?;
        match &row.node {
            Node::Span(span) => self.write_span(f, tree, row, span),
            Node::Missing(what) => writeln!(f, "({})", label::printable(what)),
            Node::Ring => writeln!(f, "(each other's parents)"),
        }
    }

    fn write_span(&self, f: &mut fmt::Formatter<'_>, tree: &Tree, row: &Row, span: &CapturedSpan) -> fmt::Result {
        let above = tree.parent_of(row);
        f.write_str(&label::printable(span.name()))?;
        if let Some(detail) = label::detail(span, above) {
            write!(f, " {}", label::printable(&detail))?;
        }
        if let Some((attempt, _)) = label::attempt(span, above) {
            write!(f, " attempt={attempt}")?;
        }
        let kind = format!("{:?}", span.kind()).to_lowercase();
        if self.kinds && kind != "internal" {
            write!(f, " {kind}")?;
        }
        for (name, value) in span
            .attributes()
            .iter()
            .filter(|(name, _)| self.attributes.contains(name))
        {
            write!(f, " {name}={}", label::printable(&value.to_string()))?;
        }
        if self.links {
            for link in span.links() {
                let target = tree.capture().find(link.trace_id(), link.span_id());
                write!(f, " link={}", target.map_or("elsewhere", Known::name))?;
            }
        }
        if let Some(violation) = span.text("tasker.violation") {
            write!(f, " VIOLATION ({})", label::printable(violation))?;
        }
        if span.attribute("tasker.cancelled").is_some() {
            f.write_str(" CANCELLED")?;
        }
        match span.status() {
            Status::Unset => {}
            Status::Ok => f.write_str(" OK")?,
            Status::Error { description } => {
                write!(
                    f,
                    " ERROR {}",
                    label::printable(span.error_type().unwrap_or(description))
                )?;
            }
        }
        f.write_str("\n")?;
        if self.events {
            for event in span.events() {
                writeln!(
                    f,
                    "{:indent$}· {}",
                    "",
                    label::printable(event.name()),
                    indent = row.depth * 2 + 2
                )?;
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
