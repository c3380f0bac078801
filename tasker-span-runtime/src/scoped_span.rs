//! A running span of the catalogue, as a value that ends with the work it is given to.

use std::future::Future;
use std::sync::Arc;

use crate::active::{Active, End};
use crate::ending::Ending;
use crate::future::Traced;
use crate::outcome::Outcome;
use crate::recording::Recording;
use crate::scope::{self, Scope};

/// A span that no function boundary fits, made by [`task_scope!`](crate::task_scope) or
/// [`step_scope!`](crate::step_scope).
///
/// It ends with the work that it is given to; dropped without any, it ends there.
///
/// ```
/// use tasker_span_runtime::{Uuid, task_scope};
///
/// let task = Uuid::from_u128(7);
/// let span = task_scope!(
///     "task.initialization",
///     within = "task.orchestration",
///     task_uuid = task,
///     correlation_id = task,
///     namespace = "payments",
/// );
/// let steps = span.in_scope(|| 3);
/// assert_eq!(steps, 3);
/// ```
#[derive(Debug)]
#[must_use = "a span measures the work that it is given: call `in_scope`, `instrument` or `enter`"]
pub struct ScopedSpan(Option<Active>);

impl ScopedSpan {
    #[inline]
    pub(crate) const fn disabled() -> Self {
        Self(None)
    }

    pub(crate) fn new(recording: Recording, scope: Arc<Scope>) -> Self {
        Self(Some(Active::new(recording, scope)))
    }

    /// Runs `work` inside the span; an `Err` marks it as failed.
    pub fn in_scope<R: Outcome>(self, work: impl FnOnce() -> R) -> R {
        self.run(work, |returned, ending| ending.outcome(returned.failure()))
    }

    /// Lets the span last as long as `future`; an `Err` marks it as failed, a drop before the end as cancelled.
    pub fn instrument<F: Future<Output: Outcome>>(self, future: F) -> impl Future<Output = F::Output> {
        Traced::new(self, future, |returned: &F::Output, ending: &mut Ending| {
            ending.outcome(returned.failure());
        })
    }

    /// Enters the span until the guard is dropped. For synchronous code only.
    pub fn enter(self) -> EnteredSpan {
        EnteredSpan::new(self)
    }

    /// Runs `work` inside the span, and lets `observe` read the outcome from what it returned.
    #[inline]
    pub(crate) fn run<R>(mut self, work: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
        if self.0.is_none() {
            return work();
        }
        let mut ending = Ending::new(self.0.as_ref().map(|active| active.scope().site));
        let returned = {
            let _entered = self.0.as_ref().and_then(Active::enter);
            let returned = work();
            ending.read(&returned, observe);
            returned
        };
        self.end(End::Returned(&mut ending));
        returned
    }

    pub(crate) fn active(&self) -> Option<&Active> {
        self.0.as_ref()
    }

    pub(crate) fn end(&mut self, end: End<'_>) {
        if let Some(active) = self.0.take() {
            active.end(end);
        }
    }
}

impl Drop for ScopedSpan {
    #[inline]
    fn drop(&mut self) {
        if let Some(active) = self.0.take() {
            active.end_unobserved();
        }
    }
}

/// An entered span; it ends when the guard is dropped.
#[derive(Debug)]
#[must_use = "the span ends as soon as the guard is dropped"]
pub struct EnteredSpan {
    // In this order: the span is left before it ends.
    _tracing: Option<tracing::span::EnteredSpan>,
    _entered: Option<scope::Entered>,
    _span: ScopedSpan,
}

impl EnteredSpan {
    fn new(span: ScopedSpan) -> Self {
        let active = span.active().filter(|_| !scope::is_thread_ending());
        Self {
            _tracing: active.map(|active| active.tracing_span().clone().entered()),
            _entered: active.map(|active| scope::enter(Arc::clone(active.scope()))),
            _span: span,
        }
    }
}
