//! `Spans`: a selection of finished spans. What they must be is in `assertions`, their text in
//! `outline`.

use std::sync::Arc;

use opentelemetry_sdk::trace::SpanData;
use uuid::Uuid;

use super::snapshot::{OpenSpan, Snapshot};
use super::{CapturedSpan, Tree, Value, forest};
use crate::UnknownNamespace;
use crate::catalogue::CATALOGUE;
use crate::identity;

/// Finished spans, ordered by start time and then by name. Each filter returns a smaller selection.
///
/// ```
/// use tasker_span_runtime::testing::Capture;
/// use tracing::info_span;
///
/// let capture = Capture::start();
/// info_span!("order", number = 7).in_scope(|| info_span!("charge", number = 7).in_scope(|| {}));
/// info_span!("order", number = 8).in_scope(|| {});
///
/// let spans = capture.spans();
/// assert_eq!(spans.names(), ["order", "charge", "order"]);
/// assert_eq!(spans.with("number", 7).len(), 2);
/// let order = spans.named("order").with("number", 7).one();
/// assert_eq!(spans.children_of(&order).one().name(), "charge");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Spans {
    pub(super) selected: Vec<CapturedSpan>,
    pub(super) filters: Vec<String>,
    pub(super) capture: Arc<Snapshot>,
}

impl Spans {
    pub(super) fn new(
        mut finished: Vec<CapturedSpan>,
        open: Vec<OpenSpan>,
        unknown_namespace: UnknownNamespace,
    ) -> Self {
        // Stable: equal spans stay in the order in which they ended.
        finished.sort_by(|a, b| (a.start(), a.name()).cmp(&(b.start(), b.name())));
        Self::all_of(Arc::new(Snapshot::new(finished, open, unknown_namespace)))
    }

    /// Spans that were exported elsewhere, by any process in any language, as they are. The checks expect of a span without a
    /// namespace what `unknown_namespace` says. Spans without valid ids are left out.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SpanData;
    /// use tasker_span_runtime::UnknownNamespace;
    /// use tasker_span_runtime::testing::Spans;
    ///
    /// let exported: Vec<SpanData> = Vec::new();
    /// assert!(Spans::from_exported(exported, UnknownNamespace::Violation).check_complete().is_empty());
    /// ```
    pub fn from_exported(spans: impl IntoIterator<Item = SpanData>, unknown_namespace: UnknownNamespace) -> Self {
        let spans = spans.into_iter().filter_map(CapturedSpan::new).collect();
        Self::new(spans, Vec::new(), unknown_namespace)
    }

    pub(super) fn all_of(capture: Arc<Snapshot>) -> Self {
        Self {
            selected: capture.finished.clone(),
            filters: Vec::new(),
            capture,
        }
    }

    /// The spans of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        self.narrow(format!("named `{name}`"), |span| span.name() == name)
    }

    /// The spans on which this attribute has this value, in this type.
    #[must_use]
    pub fn with(&self, attribute: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let filter = format!("with {attribute}={value}");
        self.narrow(filter, |span| span.attribute(attribute) == Some(&value))
    }

    /// The spans in the task's trace, including those without a `task_uuid`.
    #[must_use]
    pub fn of_task(&self, task_uuid: Uuid) -> Self {
        let trace_id = identity::trace_id(task_uuid);
        self.narrow(format!("of task {task_uuid}"), |span| span.trace_id() == trace_id)
    }

    /// The children of this span.
    #[must_use]
    pub fn children_of(&self, parent: &CapturedSpan) -> Self {
        self.narrow(format!("under `{}`", parent.name()), |span| {
            span.trace_id() == parent.trace_id() && span.parent_span_id() == Some(parent.span_id())
        })
    }

    /// The spans for which `select` is true.
    #[must_use]
    pub fn filter(&self, select: impl FnMut(&CapturedSpan) -> bool) -> Self {
        self.narrow("that the filter selects".to_owned(), select)
    }

    fn narrow(&self, filter: String, mut select: impl FnMut(&CapturedSpan) -> bool) -> Self {
        Self {
            selected: self.iter().filter(|span| select(span)).cloned().collect(),
            filters: self.filters.iter().cloned().chain([filter]).collect(),
            capture: Arc::clone(&self.capture),
        }
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<&str> {
        self.iter().map(CapturedSpan::name).collect()
    }

    /// The names in the catalogue of which no span is selected, in the catalogue's order.
    ///
    /// ```
    /// use tasker_span_runtime::{catalogue::CATALOGUE, testing::Capture};
    ///
    /// assert_eq!(Capture::start().spans().absent().len(), CATALOGUE.len());
    /// ```
    pub fn absent(&self) -> Vec<&'static str> {
        let present = self.names();
        let names = CATALOGUE.iter().map(|span| span.name);
        names.filter(|name| !present.contains(name)).collect()
    }

    /// How many spans are selected.
    pub fn len(&self) -> usize {
        self.selected.len()
    }

    /// Whether no span is selected.
    pub fn is_empty(&self) -> bool {
        self.selected.is_empty()
    }

    /// The spans, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, CapturedSpan> {
        self.selected.iter()
    }

    /// One tree for each trace, in the order in which the traces began.
    pub fn trees(&self) -> Vec<Tree> {
        forest::grow(&self.selected, &self.capture)
    }

    /// The tree of the task's trace; empty if no span of it is selected.
    pub fn tree_of(&self, task_uuid: Uuid) -> Tree {
        let tree = self.of_task(task_uuid).trees().into_iter().next();
        tree.unwrap_or_else(|| Tree::new(identity::trace_id(task_uuid), Vec::new(), Arc::clone(&self.capture)))
    }
}

impl IntoIterator for Spans {
    type Item = CapturedSpan;
    type IntoIter = std::vec::IntoIter<CapturedSpan>;

    fn into_iter(self) -> Self::IntoIter {
        self.selected.into_iter()
    }
}

impl<'a> IntoIterator for &'a Spans {
    type Item = &'a CapturedSpan;
    type IntoIter = std::slice::Iter<'a, CapturedSpan>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
