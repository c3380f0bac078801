//! A running span of the catalogue, and how it ends.

use std::future::Future;
use std::sync::Arc;

use crate::ending::Ending;
use crate::future::Traced;
use crate::late;
use crate::layer;
use crate::memory::{self, Root};
use crate::outcome::{Failure, Outcome};
use crate::recording::{self, Recording, Value};
use crate::resolve;
use crate::scope::{self, Scope};
use crate::state;
use crate::stats;
use crate::violation;

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

/// A span that is being recorded.
#[derive(Debug)]
pub(crate) struct Active {
    recording: Recording,
    scope: Arc<Scope>,
}

/// How the work inside a span came to its end.
pub(crate) enum End<'a> {
    /// It returned, and this is what the value tells.
    Returned(&'a mut Ending),
    Panicked,
    /// Its future was dropped before it was ready.
    Cancelled,
}

impl ScopedSpan {
    #[inline]
    pub(crate) const fn disabled() -> Self {
        Self(None)
    }

    pub(crate) fn new(recording: Recording, scope: Arc<Scope>) -> Self {
        Self(Some(Active { recording, scope }))
    }

    /// Runs `work` inside the span; an `Err` marks it as failed.
    pub fn in_scope<R: Outcome>(self, work: impl FnOnce() -> R) -> R {
        self.run(work, |returned, ending| ending.outcome(returned.failure()))
    }

    /// Lets the span last as long as `future`; an `Err` marks it as failed, a drop before the end as cancelled.
    pub fn instrument<F: Future<Output: Outcome>>(self, future: F) -> impl Future<Output = F::Output> {
        Traced::new(self, future, |returned: &F::Output, ending: &mut Ending| {
            ending.outcome(returned.failure())
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
        let mut ending = Ending::new(self.0.as_ref().map(|active| active.scope.site));
        let returned = {
            let _entered = self.0.as_ref().map(Active::enter);
            let returned = work();
            observe(&returned, &mut ending);
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

    pub(crate) fn attribute(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(active) = &self.0 {
            active.attribute(key, value);
        }
    }
}

impl Drop for ScopedSpan {
    fn drop(&mut self) {
        if let Some(active) = self.0.take() {
            let panicked = std::thread::panicking() && !active.scope.unwinding;
            let mut ending = Ending::new(Some(active.scope.site));
            active.end(if panicked {
                End::Panicked
            } else {
                End::Returned(&mut ending)
            });
        }
    }
}

/// An entered span; it ends when the guard is dropped.
#[derive(Debug)]
#[must_use = "the span ends as soon as the guard is dropped"]
pub struct EnteredSpan {
    // In this order: the span is left before it ends.
    tracing: Option<tracing::span::EnteredSpan>,
    entered: Option<scope::Entered>,
    _span: ScopedSpan,
}

impl EnteredSpan {
    fn new(span: ScopedSpan) -> Self {
        Self {
            tracing: span.active().map(|active| active.recording.span().clone().entered()),
            entered: span.active().map(|active| scope::enter(Arc::clone(&active.scope))),
            _span: span,
        }
    }
}

impl Drop for EnteredSpan {
    fn drop(&mut self) {
        self.entered = None;
        self.tracing = None;
    }
}

impl Active {
    /// Makes the span current until the guards are dropped, which must be before the next `.await`.
    pub(crate) fn enter(&self) -> (tracing::span::Entered<'_>, scope::Entered) {
        (self.recording.enter(), scope::enter(Arc::clone(&self.scope)))
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    fn attribute(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(handle) = self.scope.handle.get() {
            handle.attribute(key, value);
        }
    }

    fn fail(&self, failure: Failure) {
        if let Some(handle) = self.scope.handle.get() {
            handle.fail(failure);
        }
    }

    fn end(self, end: End<'_>) {
        let mut violations = Vec::new();
        let succeeded = match end {
            End::Returned(ending) => {
                late::record(&self.scope, &ending.attributes);
                let succeeded = ending.failure.is_none();
                if let Some(failure) = ending.failure.take() {
                    stats::SPANS_FAILED.add_one();
                    self.fail(failure);
                } else {
                    violations = self.never_recorded();
                }
                succeeded
            }
            End::Panicked => {
                stats::SPANS_FAILED.add_one();
                self.fail(Failure::new("panic").with_description("panicked"));
                false
            }
            End::Cancelled => {
                stats::SPANS_CANCELLED.add_one();
                self.attribute("tasker.cancelled", true);
                false
            }
        };
        let mut span = ScopedSpan(Some(self));
        violation::report(&span, &violations);
        let Some(Self { recording, scope }) = span.0.take() else {
            return;
        };
        // Ends the exported span, unless a child holds it open.
        drop(recording);
        if succeeded {
            close_root(&scope);
        }
    }

    /// The late attributes that nobody recorded: the memory of identities may know them by now; the rest are violations.
    fn never_recorded(&self) -> Vec<String> {
        let scope = &self.scope;
        let absent = |scope: &Scope| {
            let late = scope.site.late().iter().copied();
            late.filter(|attribute| !scope.is_recorded(*attribute))
                .collect::<Vec<_>>()
        };
        if absent(scope).is_empty() {
            return Vec::new();
        }
        let mut recalled = scope.attributes().clone();
        resolve::recall_late(scope.site, &mut recalled);
        late::record(scope, &recalled);
        let never = absent(scope);
        stats::LATE_NEVER_RECORDED.add(never.len() as u64);
        never
            .iter()
            .map(|attribute| format!("{} was never given its late {}", scope.site.name(), attribute.name()))
            .collect()
    }
}

/// Emits the task's root where the span performed the transition into a terminal state, once.
fn close_root(scope: &Scope) {
    let attributes = scope.attributes().clone();
    let Some(task_uuid) = attributes.task_uuid else { return };
    if scope.site.name() == "task.orchestration" {
        memory::update_task(task_uuid, |task| task.root = Root::Emitted);
        return;
    }
    let terminal = attributes.to_state.as_deref().filter(|state| state::is_terminal(state));
    let Some(state) = terminal.filter(|_| scope.site.name() == "task.state_transition") else {
        return;
    };
    let _ = layer::with_current(|layer, _| {
        let (is_due, first_seen) = memory::update_task(task_uuid, |task| {
            let is_due = task.root == Root::Absent;
            if is_due {
                task.root = Root::Emitted;
            }
            (is_due, task.first_seen)
        });
        if is_due {
            let started_at = scope
                .started_at
                .or(first_seen)
                .unwrap_or_else(std::time::SystemTime::now);
            recording::emit_root(layer.tracer(), &attributes, state, started_at);
            stats::ROOTS_EMITTED.add_one();
        }
    });
}
