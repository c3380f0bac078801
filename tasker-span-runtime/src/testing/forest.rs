//! Builds the trees of a capture from any parent ids: missing parents become placeholders, and
//! cycles are cut. `tree` is the result.

use std::collections::HashMap;
use std::sync::Arc;

use super::CapturedSpan;
use super::snapshot::{Known, Snapshot};
use super::tree::{Node, Row, Tree};
use crate::identity::{self, SpanId, TraceId};

/// Builds one tree for each trace. Traces and siblings have the order of `spans`.
pub(super) fn grow(spans: &[CapturedSpan], capture: &Arc<Snapshot>) -> Vec<Tree> {
    let mut traces: Vec<(TraceId, Vec<&CapturedSpan>)> = Vec::new();
    let mut positions = HashMap::new();
    for span in spans {
        let position = *positions.entry(span.trace_id()).or_insert_with(|| {
            traces.push((span.trace_id(), Vec::new()));
            traces.len() - 1
        });
        traces[position].1.push(span);
    }
    let grow = |(trace_id, spans): (_, Vec<_>)| {
        let rows = Grower::new(&spans, capture).grow();
        Tree::new(trace_id, rows, Arc::clone(capture))
    };
    traces.into_iter().map(grow).collect()
}

/// Builds the tree of one trace, of indices into `spans`.
struct Grower<'a> {
    spans: &'a [&'a CapturedSpan],
    capture: &'a Snapshot,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    placed: Vec<bool>,
    rows: Vec<Row>,
}

/// A root, or the children of a parent that is missing.
enum Top {
    Root(usize),
    Orphans(SpanId, Vec<usize>),
}

impl<'a> Grower<'a> {
    fn new(spans: &'a [&'a CapturedSpan], capture: &'a Snapshot) -> Self {
        let mut by_id = HashMap::new();
        for (index, span) in spans.iter().enumerate() {
            by_id.entry(span.span_id()).or_insert(index);
        }
        let parent = |span: &&CapturedSpan| by_id.get(&span.parent_span_id()?).copied();
        let parents = spans.iter().map(parent).collect::<Vec<_>>();
        let mut children = vec![Vec::new(); spans.len()];
        for (index, parent) in parents.iter().enumerate() {
            if let Some(parent) = *parent {
                children[parent].push(index);
            }
        }
        Self {
            spans,
            capture,
            parents,
            children,
            placed: vec![false; spans.len()],
            rows: Vec::new(),
        }
    }

    fn grow(mut self) -> Vec<Row> {
        for top in self.tops() {
            match top {
                Top::Root(index) => self.place(&[index], None),
                Top::Orphans(parent, orphans) => {
                    let description = self.describe_missing(parent, &orphans);
                    self.place_under(Node::Missing(description), &orphans);
                }
            }
        }
        // The remaining spans descend from a cycle.
        while let Some(index) = self.on_a_cycle() {
            self.place_under(Node::Cycle, &[index]);
        }
        self.rows
    }

    /// The roots and, grouped by parent, the orphans, in the order of their first spans.
    fn tops(&self) -> Vec<Top> {
        let mut tops = Vec::new();
        let mut positions = HashMap::new();
        for (index, span) in self.spans.iter().enumerate() {
            match (span.parent_span_id(), self.parents[index]) {
                (_, Some(_)) => {}
                (None, None) => tops.push(Top::Root(index)),
                (Some(missing), None) => {
                    let position = *positions.entry(missing).or_insert_with(|| {
                        tops.push(Top::Orphans(missing, Vec::new()));
                        tops.len() - 1
                    });
                    if let Top::Orphans(_, orphans) = &mut tops[position] {
                        orphans.push(index);
                    }
                }
            }
        }
        tops
    }

    fn place_under(&mut self, placeholder: Node, orphans: &[usize]) {
        self.rows.push(Row {
            node: placeholder,
            depth: 0,
            parent: None,
        });
        self.place(orphans, Some(self.rows.len() - 1));
    }

    /// Adds the rows of the siblings and of their descendants.
    fn place(&mut self, siblings: &[usize], parent: Option<usize>) {
        let mut stack = Vec::new();
        self.push(&mut stack, siblings, parent);
        while let Some((index, parent)) = stack.pop() {
            let depth = parent.map_or(0, |parent| self.rows[parent].depth + 1);
            self.rows.push(Row {
                node: Node::Span(self.spans[index].clone()),
                depth,
                parent,
            });
            let children = std::mem::take(&mut self.children[index]);
            self.push(&mut stack, &children, Some(self.rows.len() - 1));
        }
    }

    /// Pushes the siblings, the first on top. Each span is placed once, which cuts a cycle.
    fn push(&mut self, stack: &mut Vec<(usize, Option<usize>)>, siblings: &[usize], parent: Option<usize>) {
        for &index in siblings.iter().rev() {
            if !std::mem::replace(&mut self.placed[index], true) {
                stack.push((index, parent));
            }
        }
    }

    /// The first span of a cycle that is not placed. Ancestors of remaining spans lead there.
    fn on_a_cycle(&self) -> Option<usize> {
        let mut index = self.placed.iter().position(|placed| !placed)?;
        let mut seen = vec![false; self.spans.len()];
        let mut ancestors = Vec::new();
        while !std::mem::replace(&mut seen[index], true) {
            ancestors.push(index);
            index = self.parents[index]?;
        }
        ancestors.into_iter().skip_while(|&ancestor| ancestor != index).min()
    }

    fn describe_missing(&self, missing: SpanId, orphans: &[usize]) -> String {
        let mut tasks = orphans.iter().filter_map(|&index| self.spans[index].uuid("task_uuid"));
        match self.capture.find(self.spans[orphans[0]].trace_id(), missing) {
            Some(Known::Finished(span)) => format!("{}: not selected", span.name()),
            Some(Known::Open(span)) => format!("{}: not ended", span.name),
            None if tasks.any(|task_uuid| identity::root_span_id(task_uuid) == missing) => {
                "task.orchestration: not captured".to_owned()
            }
            None => "parent not captured".to_owned(),
        }
    }
}
