//! Look-up in what a capture holds.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::snapshot::Snapshot;
use super::store::OpenSpan;
use super::{CapturedSpan, Outline, Problem, Tree, Value, check, forest, report};
use crate::catalogue::CATALOGUE;
use crate::identity;

/// Finished spans, ordered by start time and then by name, and what narrows them down.
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
    selected: Vec<CapturedSpan>,
    filters: Vec<String>,
    capture: Arc<Snapshot>,
}

impl Spans {
    pub(super) fn new(mut finished: Vec<CapturedSpan>, open: Vec<OpenSpan>) -> Self {
        // Stable: spans alike in both stay in the order in which they ended.
        finished.sort_by(|a, b| (a.start(), a.name()).cmp(&(b.start(), b.name())));
        Self::all_of(Arc::new(Snapshot { finished, open }))
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
        self.narrow(format!("with {attribute}={value}"), |span| {
            span.attribute(attribute) == Some(&value)
        })
    }

    /// The spans in the task's trace, those that carry no `task_uuid` included.
    #[must_use]
    pub fn of_task(&self, task_uuid: Uuid) -> Self {
        let trace_id = identity::trace_id(task_uuid);
        self.narrow(format!("of task {task_uuid}"), |span| span.trace_id() == trace_id)
    }

    /// The spans directly under this one.
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
            selected: self.selected.iter().filter(|span| select(span)).cloned().collect(),
            filters: self.filters.iter().cloned().chain([filter]).collect(),
            capture: Arc::clone(&self.capture),
        }
    }

    /// The only span selected.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one. The message shows the whole capture.
    #[track_caller]
    pub fn one(&self) -> CapturedSpan {
        match &*self.selected {
            [span] => span.clone(),
            _ => panic!("{}", report::not_one(self, &self.filters, &self.capture)),
        }
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<&str> {
        self.iter().map(CapturedSpan::name).collect()
    }

    /// The spans of the catalogue of which none is selected, in the catalogue's order.
    ///
    /// ```
    /// use tasker_span_runtime::{catalogue::CATALOGUE, testing::Capture};
    ///
    /// assert_eq!(Capture::start().spans().absent().len(), CATALOGUE.len());
    /// ```
    pub fn absent(&self) -> Vec<&'static str> {
        let names = CATALOGUE.iter().map(|span| span.name);
        names
            .filter(|name| !self.iter().any(|span| span.name() == *name))
            .collect()
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

    /// The tree of the task's trace; empty where nothing of it is selected.
    pub fn tree_of(&self, task_uuid: Uuid) -> Tree {
        let trees = self.of_task(task_uuid).trees();
        trees
            .into_iter()
            .next()
            .unwrap_or_else(|| Tree::new(identity::trace_id(task_uuid), Vec::new(), Arc::clone(&self.capture)))
    }

    /// The spans as indented text for assertions: an [`Outline`] with its defaults.
    pub fn to_tree_text(&self) -> String {
        Outline::new(self).to_string()
    }

    /// What is wrong with the selected spans by the catalogue, as far as can be said while tasks are still under way.
    pub fn check(&self) -> Vec<Problem> {
        check::run(&self.selected, &self.capture, check::Expect::Unfinished)
    }

    /// As [`check`](Self::check); besides, every span must have ended, every task have its root, and no parent be missing.
    pub fn check_complete(&self) -> Vec<Problem> {
        check::run(&self.selected, &self.capture, check::Expect::Complete)
    }

    /// Panics with every problem and the tree, unless [`check`](Self::check) finds none.
    ///
    /// # Panics
    ///
    /// If there is a problem.
    #[track_caller]
    pub fn assert_valid(&self) {
        let problems = self.check();
        assert!(problems.is_empty(), "{}", report::broken(self, &problems));
    }

    /// Panics with every problem and the tree, unless [`check_complete`](Self::check_complete) finds none.
    ///
    /// # Panics
    ///
    /// If there is a problem, or no span at all.
    #[track_caller]
    pub fn assert_complete(&self) {
        assert!(!self.is_empty(), "no span has ended");
        let problems = self.check_complete();
        assert!(problems.is_empty(), "{}", report::broken(self, &problems));
    }
}

/// The spans as indented text, as [`Spans::to_tree_text`].
impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Outline::new(self).fmt(f)
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
