//! Futures that carry a span through their polls.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::active::End;
use crate::ending::Ending;
use crate::recording::ContainedSpan;
use crate::scope::{self, Scope};
use crate::scoped_span::ScopedSpan;

pin_project! {
    /// The future of an annotated function: its span is current during each poll, and never across an `.await`.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, O> {
        #[pin]
        future: Option<F>,
        span: ScopedSpan,
        observe: Option<O>,
        // Set during each poll, so still set after a poll that unwound.
        polling: bool,
    }

    impl<F, O> PinnedDrop for Traced<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_none() {
                return;
            }
            {
                let _entered = this.span.enter_for_now();
                this.future.set(None);
            }
            let end = if *this.polling { End::Panicked } else { End::Cancelled };
            this.span.end(end);
        }
    }
}

impl<F, O> Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output, &mut Ending),
{
    #[inline]
    pub fn new(span: ScopedSpan, future: F, observe: O) -> Self {
        Self {
            future: Some(future),
            span,
            observe: Some(observe),
            polling: false,
        }
    }
}

impl<F, O> Future for Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output, &mut Ending),
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(site) = this.span.site() else {
            return poll_inner(this.future.as_mut(), context);
        };
        let (output, mut ending) = {
            let mut entered = this.span.enter_for_now();
            *this.polling = true;
            let polled = poll_inner(this.future.as_mut(), context);
            *this.polling = false;
            let Poll::Ready(output) = polled else {
                entered.suspend();
                return Poll::Pending;
            };
            this.future.set(None);
            let mut ending = Ending::new(Some(site));
            if let Some(observe) = this.observe.take() {
                ending.read(&output, observe);
            }
            entered.end_success(&ending);
            (output, ending)
        };
        this.span.end(End::Returned(&mut ending));
        Poll::Ready(output)
    }
}

/// A future that is polled again after it was ready stays pending, as a fused one does.
fn poll_inner<F: Future>(future: Pin<&mut Option<F>>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.as_pin_mut().map_or(Poll::Pending, |future| future.poll(context))
}

pin_project! {
    /// A future inside the scope in which it was made; see [`FutureExt::in_current_scope`].
    #[doc(hidden)]
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        #[pin]
        future: Option<F>,
        span: ContainedSpan,
        scope: Option<Arc<Scope>>,
    }

    impl<F> PinnedDrop for InScope<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = scope::enter_both(this.span, this.scope.as_ref());
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let output = {
            let _entered = scope::enter_both(this.span, this.scope.as_ref());
            let output = ready!(poll_inner(this.future.as_mut(), context));
            this.future.set(None);
            output
        };
        // Whoever keeps the future beyond its end does not keep the span open with it.
        *this.span = ContainedSpan::none();
        *this.scope = None;
        Poll::Ready(output)
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
        InScope {
            future: Some(self),
            span: ContainedSpan::current(),
            scope: scope::carried(),
        }
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
    let span = ContainedSpan::current();
    let scope = scope::carried();
    move || {
        let _entered = scope::enter_both(&span, scope.as_ref());
        work()
    }
}
