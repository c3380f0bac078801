//! Carries the active span into work that runs elsewhere: `in_current_scope`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use triomphe::Arc;

use super::local::LocalSpan;
use super::stack::{self, Entered, Key};
use crate::outcome::caught;

/// The spans that the running code is in, to be entered elsewhere.
#[derive(Debug)]
pub(super) struct Carried {
    span: Option<Arc<LocalSpan>>,
    /// The span of other code, if it is the innermost one.
    other: Option<tracing::Span>,
    key: Option<Key>,
    is_other_entered: bool,
}

impl Carried {
    fn current() -> Self {
        let is_local = stack::innermost(|entry| matches!(entry.span, Entered::Local { .. })).unwrap_or(false);
        let other = if is_local { None } else { caught(tracing::Span::current) };
        Self {
            other: other.filter(|span| !span.is_none()),
            ..Self::of(stack::enclosing())
        }
    }

    pub(super) fn of(span: Option<Arc<LocalSpan>>) -> Self {
        Self {
            span,
            other: None,
            key: None,
            is_other_entered: false,
        }
    }

    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        let mut carried = LeaveLast(self);
        let _entered = EnteredHere::new(&mut carried.0);
        work()
    }

    pub(super) fn into_future<F>(self, future: F) -> InScope<F> {
        InScope {
            future,
            carried: LeaveLast(self),
        }
    }

    fn enter(&mut self) {
        if let Some(span) = &self.span {
            self.key = stack::push(Arc::clone(span), true).ok();
        }
        if !stack::is_thread_ending()
            && let Some(other) = &self.other
        {
            self.is_other_entered = true;
            caught(|| other.with_subscriber(|(id, dispatch)| dispatch.enter(id)));
        }
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.is_other_entered)
            && let Some(other) = &self.other
        {
            caught(|| other.with_subscriber(|(id, dispatch)| dispatch.exit(id)));
        }
        if let Some(key) = self.key.take() {
            drop(stack::pop(key));
        }
    }

    /// Lets go of the spans: code that keeps the work beyond its end does not keep them.
    fn release(&mut self) {
        self.span = None;
        if let Some(other) = self.other.take() {
            caught(|| drop(other));
        }
    }
}

/// The spans are entered while it exists.
struct EnteredHere<'a>(&'a mut Carried);

impl<'a> EnteredHere<'a> {
    fn new(carried: &'a mut Carried) -> Self {
        carried.enter();
        Self(carried)
    }
}

impl Drop for EnteredHere<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Leaves the spans after the work was dropped inside them.
#[derive(Debug)]
struct LeaveLast(Carried);

impl Drop for LeaveLast {
    fn drop(&mut self) {
        self.0.leave();
        self.0.release();
    }
}

pin_project! {
    /// A future inside the span in which it was made; see [`FutureExt::in_current_scope`].
    #[doc(hidden)]
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        #[pin]
        future: F,
        carried: LeaveLast,
    }

    impl<F> PinnedDrop for InScope<F> {
        fn drop(this: Pin<&mut Self>) {
            this.project().carried.0.enter();
        }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = {
            let _entered = EnteredHere::new(&mut this.carried.0);
            this.future.poll(context)
        };
        if polled.is_ready() {
            this.carried.0.release();
        }
        polled
    }
}

/// Carries the active span into work that runs elsewhere.
pub trait FutureExt: Future + Sized {
    /// Runs the future in the span that is active now, wherever it is spawned.
    ///
    /// ```
    /// use tasker_span_runtime::FutureExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let answer = tokio::spawn(async { 42 }.in_current_scope()).await.unwrap();
    /// # assert_eq!(answer, 42);
    /// # }
    /// ```
    fn in_current_scope(self) -> InScope<Self> {
        Carried::current().into_future(self)
    }
}

impl<F: Future> FutureExt for F {}

/// Wraps a closure so that it runs in the span that is active now: for `std::thread::spawn` and
/// `tokio::task::spawn_blocking`.
///
/// ```
/// let work = tasker_span_runtime::in_current_scope(|| 6 * 7);
/// assert_eq!(std::thread::spawn(work).join().unwrap(), 42);
/// ```
pub fn in_current_scope<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let mut carried = LeaveLast(Carried::current());
    move || {
        let _entered = EnteredHere::new(&mut carried.0);
        work()
    }
}
