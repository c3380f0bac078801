//! The tree of one trace, kept as the list of its rows, depth first: a trace of any depth is walked and printed without
//! recursion.

use std::fmt;
use std::sync::Arc;

use super::snapshot::Snapshot;
use super::{CapturedSpan, Outline};
use crate::identity::TraceId;

/// The spans of one trace, each under its parent, siblings by start time and then by name.
///
/// Spans whose parent is not among them stand under a placeholder for it. A tree is shown as its [`Outline`].
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
    /// How many rows stand above it on the way to its root.
    pub(super) depth: usize,
    /// Whether it is the last of its siblings.
    pub(super) last: bool,
    /// The row above it.
    pub(super) parent: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Span(CapturedSpan),
    /// Stands for a parent that is not among the spans: what can be said about it.
    Missing(String),
    /// Stands above a ring of spans that are each other's parents, cut at the first of them.
    Ring,
}

impl Row {
    pub(super) fn span(&self) -> Option<&CapturedSpan> {
        match &self.node {
            Node::Span(span) => Some(span),
            Node::Missing(_) | Node::Ring => None,
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

    /// All that was captured along with this trace.
    pub(super) fn capture(&self) -> &Snapshot {
        &self.capture
    }

    /// The span of the row above, unless that is a placeholder.
    pub(super) fn parent_of(&self, row: &Row) -> Option<&CapturedSpan> {
        self.rows.get(row.parent?)?.span()
    }

    /// The trace that all the spans belong to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The first span that has no parent.
    pub fn root(&self) -> Option<&CapturedSpan> {
        self.walk()
            .map(|(_, span)| span)
            .find(|span| span.parent_span_id().is_none())
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

    /// The names from the tree's top down to the span; empty where the span is not of this tree.
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

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Outline::of([self.clone()]).fmt(f)
    }
}
