//! `Tree`: the spans of one trace, as a list of rows, depth first: deep traces need no recursion.
//! `forest` builds it.

use std::sync::Arc;

use super::CapturedSpan;
use super::label::Ancestors;
use super::snapshot::Snapshot;
use crate::identity::TraceId;

/// The spans of one trace, each after its parent, siblings by start time and then by name.
///
/// A parent that is not among the spans is shown by a placeholder. A tree is displayed as its
/// [`Outline`](super::Outline).
///
/// ```
/// use tasker_span_runtime::testing::Capture;
/// use tracing::info_span;
///
/// let capture = Capture::start();
/// info_span!("order").in_scope(|| {
///     info_span!("reserve").in_scope(|| {});
///     info_span!("charge").in_scope(|| {});
/// });
///
/// let tree = &capture.spans().trees()[0];
/// assert_eq!(tree.to_string(), "order\n  reserve\n  charge\n");
/// assert_eq!(tree.root().map(|span| span.name()), Some("order"));
/// assert_eq!(tree.path(&capture.spans().named("charge").one()), "order › charge");
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    trace_id: TraceId,
    rows: Vec<Row>,
    capture: Arc<Snapshot>,
}

/// One line of a tree.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) node: Node,
    /// How many ancestors it has in the tree.
    pub(super) depth: usize,
    pub(super) parent: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Span(CapturedSpan),
    /// The description of a parent that is not among the spans.
    Missing(String),
    /// The parent of a cycle of spans, which is cut at its first span.
    Cycle,
}

impl Row {
    pub(super) fn span(&self) -> Option<&CapturedSpan> {
        match &self.node {
            Node::Span(span) => Some(span),
            Node::Missing(_) | Node::Cycle => None,
        }
    }
}

impl Tree {
    pub(super) fn new(trace_id: TraceId, rows: Vec<Row>, capture: Arc<Snapshot>) -> Self {
        Self {
            trace_id,
            rows,
            capture,
        }
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows, each with what its ancestors show.
    pub(super) fn rows_and_ancestors(&self) -> impl Iterator<Item = (&Row, Ancestors<'_>)> {
        // For each level from the root to the row.
        let mut shown: Vec<Ancestors<'_>> = Vec::new();
        self.rows.iter().map(move |row| {
            shown.truncate(row.depth);
            let ancestors = shown.last().copied().unwrap_or_default();
            shown.push(row.span().map_or(ancestors, |span| ancestors.and(span)));
            (row, ancestors)
        })
    }

    /// The capture of this trace.
    pub(super) fn capture(&self) -> &Snapshot {
        &self.capture
    }

    /// The parent, unless it is a placeholder.
    pub(super) fn parent_of(&self, row: &Row) -> Option<&CapturedSpan> {
        self.rows.get(row.parent?)?.span()
    }

    /// The trace of the spans.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The first span that has no parent.
    pub fn root(&self) -> Option<&CapturedSpan> {
        let mut spans = self.walk().map(|(_, span)| span);
        spans.find(|span| span.parent_span_id().is_none())
    }

    /// The spans with their depths, parents before children.
    pub fn walk(&self) -> impl Iterator<Item = (usize, &CapturedSpan)> {
        self.rows.iter().filter_map(|row| Some((row.depth, row.span()?)))
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.walk().count()
    }

    /// Whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names of the span's ancestors and its own, root first. Empty if the span is not in this
    /// tree.
    pub fn path(&self, span: &CapturedSpan) -> String {
        let mut names = Vec::new();
        let mut row = self.rows.iter().find(|row| row.span() == Some(span));
        while let Some(current) = row {
            names.push(current.span().map_or("…", CapturedSpan::name));
            row = current.parent.and_then(|parent| self.rows.get(parent));
        }
        names.reverse();
        names.join(" › ")
    }
}
