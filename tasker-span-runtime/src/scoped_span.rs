//! `ScopedSpan`: a span of the catalogue as a value, for blocks. Functions use the attributes.

use std::future::Future;
use std::sync::Arc;

use crate::active::{Active, End};
use crate::dropped;
use crate::ending::Ending;
use crate::future::Traced;
use crate::outcome::Outcome;
use crate::recording::{OwnedContained, Recording};
use crate::scope::entered::{self, Entered, EnteredBoth, Frame, Key};
use crate::scope::{self, Scope};
use crate::site::Site;
use crate::start::Collected;

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
pub struct ScopedSpan(State);

#[derive(Debug)]
enum State {
    /// Nobody wants the span, or it has ended, or is entered as a dropped one.
    Off,
    Active(Active),
    /// A dropped one that nobody has asked about.
    Dropped(Box<Collected>),
}

impl ScopedSpan {
    #[inline]
    pub(crate) const fn disabled() -> Self {
        Self(State::Off)
    }

    pub(crate) fn new(recording: Recording, scope: Arc<Scope>) -> Self {
        Self(State::Active(Active::new(recording, scope)))
    }

    #[inline]
    pub(crate) fn dropped(collected: Box<Collected>) -> Self {
        Self(State::Dropped(collected))
    }

    /// Lets the span be entered elsewhere than where it began: it remembers what is around it.
    pub(crate) fn anywhere(mut self) -> Self {
        match std::mem::replace(&mut self.0, State::Off) {
            State::Dropped(collected) => Self::new(Recording::none(), dropped::scope_of(collected)),
            state => Self(state),
        }
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
    pub fn enter(self) -> EnteredSpan {
        EnteredSpan::new(self)
    }

    /// Runs `work` inside the span, and lets `observe` read the outcome from what it returned.
    #[inline]
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
        if matches!(self.0, State::Off) {
            // There is nothing in it to be ended.
            std::mem::forget(self);
            return work();
        }
        self.run_wanted(work, observe)
    }

    /// By itself, so that a function whose span nobody wants has none of this in it.
    #[inline(never)]
    fn run_wanted<R>(mut self, work: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
        let state = std::mem::replace(&mut self.0, State::Off);
        // Nothing is left in it to be ended.
        std::mem::forget(self);
        match state {
            State::Off => work(),
            State::Dropped(collected) => run_dropped(collected, work, observe),
            State::Active(active) => {
                let mut ending = Ending::new(Some(active.scope().site));
                let mut span = Self(State::Active(active));
                let returned = {
                    let _entered = span.active().and_then(Active::enter);
                    let returned = work();
                    ending.read(&returned, observe);
                    returned
                };
                span.end(End::Returned(&mut ending));
                returned
            }
        }
    }

    #[inline]
    pub(crate) fn site(&self) -> Option<&'static Site> {
        match &self.0 {
            State::Off => None,
            State::Active(active) => Some(active.scope().site),
            State::Dropped(collected) => Some(collected.site),
        }
    }

    /// Makes the span current until the guard is dropped, which must be before the next `.await`.
    #[inline]
    pub(crate) fn enter_for_now(&mut self) -> EnteredForNow<'_> {
        match std::mem::replace(&mut self.0, State::Off) {
            State::Dropped(collected) => EnteredForNow::Dropped {
                key: entered::enter_dropped(collected),
                span: self,
            },
            state => {
                self.0 = state;
                EnteredForNow::Active(self.active().and_then(Active::enter))
            }
        }
    }

    pub(crate) fn active(&self) -> Option<&Active> {
        match &self.0 {
            State::Active(active) => Some(active),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn end(&mut self, end: End<'_>) {
        match std::mem::replace(&mut self.0, State::Off) {
            State::Off => {}
            State::Active(active) => active.end(end),
            State::Dropped(collected) => dropped::end(dropped::scope_of(collected), end),
        }
    }
}

#[inline]
fn run_dropped<R>(collected: Box<Collected>, work: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
    /// Leaves and ends the span where the work panics.
    struct Leave(Key);
    impl Drop for Leave {
        fn drop(&mut self) {
            drop(ScopedSpan::left(entered::leave(self.0)));
        }
    }
    let mut ending = Ending::new(Some(collected.site));
    let Some(key) = entered::enter_dropped(collected) else {
        return work();
    };
    let leave = Leave(key);
    let returned = work();
    ending.read(&returned, observe);
    std::mem::forget(leave);
    if !entered::end_success(key, &ending) {
        ScopedSpan::left(entered::leave(key)).end(End::Returned(&mut ending));
    }
    returned
}

impl ScopedSpan {
    /// What was entered as a dropped span, and is no more.
    #[inline]
    fn left(left: Option<Frame>) -> Self {
        match left {
            Some(Frame::Dropped(collected)) => Self::dropped(collected),
            Some(Frame::Scope(scope)) => Self::new(Recording::none(), scope),
            None => Self::disabled(),
        }
    }
}

impl Drop for ScopedSpan {
    #[inline]
    fn drop(&mut self) {
        match std::mem::replace(&mut self.0, State::Off) {
            State::Off => {}
            State::Active(active) => active.end_unobserved(),
            State::Dropped(collected) => Active::new(Recording::none(), dropped::scope_of(collected)).end_unobserved(),
        }
    }
}

/// A span that is current for the time of a call or a poll.
#[derive(Debug)]
pub(crate) enum EnteredForNow<'a> {
    Active(#[expect(dead_code, reason = "held until the end")] EnteredBoth<'a>),
    Dropped { span: &'a mut ScopedSpan, key: Option<Key> },
}

impl EnteredForNow<'_> {
    /// Ends the span here, where it is a dropped one of whose success nothing is left.
    #[inline]
    pub(crate) fn end_success(&mut self, ending: &Ending) {
        if let Self::Dropped { key, .. } = self {
            key.take_if(|key| entered::end_success(*key, ending));
        }
    }

    /// Leaves a span whose work goes on later, perhaps on another thread.
    #[inline]
    pub(crate) fn suspend(mut self) {
        if let Self::Dropped { span, key } = &mut self
            && let Some(key) = key.take()
        {
            **span = ScopedSpan::left(entered::suspend(key));
        }
    }
}

impl Drop for EnteredForNow<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Self::Dropped { span, key } = self
            && let Some(key) = key.take()
        {
            // Who unwinds a future may drop it elsewhere.
            let is_elsewhere = std::thread::panicking();
            let left = if is_elsewhere {
                entered::suspend(key)
            } else {
                entered::leave(key)
            };
            **span = ScopedSpan::left(left);
        }
    }
}

/// An entered span; it ends when the guard is dropped.
#[derive(Debug)]
#[must_use = "the span ends as soon as the guard is dropped"]
pub struct EnteredSpan {
    // In this order: the span is left before it ends.
    tracing: Option<OwnedContained>,
    entered: Option<Entered>,
    span: ScopedSpan,
    /// Where the span is entered as a dropped one.
    dropped: Option<Key>,
}

impl EnteredSpan {
    #[inline]
    fn new(mut span: ScopedSpan) -> Self {
        let mut this = Self {
            tracing: None,
            entered: None,
            span: ScopedSpan::disabled(),
            dropped: None,
        };
        match std::mem::replace(&mut span.0, State::Off) {
            State::Dropped(collected) => this.dropped = entered::enter_dropped(collected),
            state => {
                if let State::Active(active) = &state
                    && !scope::is_thread_ending()
                {
                    this.tracing = Some(active.span().entered());
                    this.entered = Some(scope::enter(Arc::clone(active.scope())));
                }
                this.span = ScopedSpan(state);
            }
        }
        this
    }
}

impl Drop for EnteredSpan {
    #[inline]
    fn drop(&mut self) {
        let Some(key) = self.dropped.take() else { return };
        // While the thread unwinds, the span has not succeeded.
        if std::thread::panicking() || !entered::end_success(key, &Ending::new(None)) {
            self.span = ScopedSpan::left(entered::leave(key));
        }
    }
}
