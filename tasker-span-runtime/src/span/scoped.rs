//! `ScopedSpan`: a span of the catalogue as a value, for blocks. Functions use the attributes.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::MutexGuard;

use triomphe::Arc;

use super::end::{self, End};
use super::ending::Ending;
use super::future::Traced;
use super::local::LocalSpan;
use super::stack::{self, Key};
use crate::catalogue::site::Site;
use crate::outcome::Outcome;

/// A span for a block of code, made by [`task_scope!`](crate::task_scope) or [`step_scope!`](crate::step_scope).
///
/// It ends with its work. Dropped without work, it ends there.
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
pub struct ScopedSpan(Option<Arc<LocalSpan>>);

impl ScopedSpan {
    #[inline]
    pub(crate) const fn disabled() -> Self {
        Self(None)
    }

    #[inline]
    pub(super) fn new(span: Arc<LocalSpan>) -> Self {
        Self(Some(span))
    }

    /// Runs `work` inside the span, which fails only if `work` panics.
    ///
    /// The returned value may be of any type, and is not read: see [`try_in_scope`](Self::try_in_scope).
    pub fn in_scope<R>(self, work: impl FnOnce() -> R) -> R {
        self.run(work, |_, _| {})
    }

    /// Runs `work` inside the span, which fails if `work` returns `Err`, or another failure by its [`Outcome`].
    ///
    /// ```
    /// # use tasker_span_runtime::{Uuid, step_scope};
    /// let span = step_scope!("result.submission", step_uuid = Uuid::from_u128(7), inherit);
    /// let sent = span.try_in_scope(|| Err::<(), _>("the queue is full"));
    /// assert!(sent.is_err());
    /// ```
    pub fn try_in_scope<R: Outcome>(self, work: impl FnOnce() -> R) -> R {
        self.run(work, |returned, ending| ending.outcome(returned.failure()))
    }

    /// Runs `future` inside the span, which fails only if `future` panics. If the future is dropped
    /// before its end, the span is cancelled.
    ///
    /// The output may be of any type, and is not read: see [`try_instrument`](Self::try_instrument).
    pub fn instrument<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        Traced::new(self, future, |_: &F::Output, _: &mut Ending| {})
    }

    /// Runs `future` inside the span, which fails if the output is `Err`, or another failure by its
    /// [`Outcome`]. If the future is dropped before its end, the span is cancelled.
    pub fn try_instrument<F: Future<Output: Outcome>>(self, future: F) -> impl Future<Output = F::Output> {
        Traced::new(self, future, |returned: &F::Output, ending: &mut Ending| {
            ending.outcome(returned.failure());
        })
    }

    /// Enters the span until the guard is dropped. For synchronous code only.
    ///
    /// Bind the guard to a name: `let _span = …`. `let _ = …` drops it at once, and the span lasts no time. The compiler
    /// warns of that with `#![warn(let_underscore_drop)]` in the program.
    pub fn enter(self) -> EnteredSpan {
        EnteredSpan {
            _entered: self.enter_some(),
            _not_send: PhantomData,
        }
    }

    /// Runs `work` inside the span, and lets `observe` read the outcome from what it returned.
    #[inline]
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
        let Some(entered) = self.enter_some() else {
            return work();
        };
        let returned = work();
        let mut ending = Ending::new(Some(entered.site));
        ending.read(&returned, observe);
        entered.end(&mut ending);
        returned
    }

    /// Enters the span; `None` if there is nothing to enter.
    #[inline]
    fn enter_some(mut self) -> Option<Entered> {
        self.0.take().and_then(Entered::new)
    }

    #[inline]
    pub(super) fn into_span(mut self) -> Option<Arc<LocalSpan>> {
        self.0.take()
    }
}

impl Drop for ScopedSpan {
    #[inline]
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            end::end_unobserved(span);
        }
    }
}

/// A span on the stack. It ends when this is dropped.
#[derive(Debug)]
struct Entered {
    key: Key,
    site: &'static Site,
    is_sampled: bool,
}

impl Entered {
    #[inline(never)]
    fn new(span: Arc<LocalSpan>) -> Option<Self> {
        let (site, is_sampled) = (span.site, span.sampling.is_sampled);
        match stack::push(span, false) {
            Ok(key) => Some(Self { key, site, is_sampled }),
            Err(span) => {
                end::end_unobserved(span);
                None
            }
        }
    }

    #[inline(never)]
    fn end(self, ending: &mut Ending) {
        let (key, is_sampled) = (self.key, self.is_sampled);
        // The drop would end it without the outcome.
        std::mem::forget(self);
        if !is_sampled && end::end_unseen(key, ending) {
            return;
        }
        if let Some(span) = stack::pop(key) {
            end::end(span, End::Returned(ending));
        }
    }
}

impl Drop for Entered {
    #[inline(never)]
    fn drop(&mut self) {
        if !self.is_sampled && !std::thread::panicking() && end::end_unseen(self.key, &Ending::new(None)) {
            return;
        }
        if let Some(span) = stack::pop(self.key) {
            end::end_unobserved(span);
        }
    }
}

/// An entered span; it ends when the guard is dropped.
#[derive(Debug)]
#[must_use = "the span ends as soon as the guard is dropped"]
pub struct EnteredSpan {
    _entered: Option<Entered>,
    /// The span is on the stack of this thread.
    _not_send: PhantomData<MutexGuard<'static, ()>>,
}
