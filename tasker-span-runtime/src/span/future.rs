//! Futures that carry a span through their polls.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use triomphe::Arc;

use super::end::{self, End};
use super::ending::Ending;
use super::local::LocalSpan;
use super::scoped::ScopedSpan;
use super::stack::{self, Key};
use crate::catalogue::site::Site;

pin_project! {
    /// The future of an annotated function: its span is active during each poll, and never across an `.await`.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, O> {
        #[pin]
        future: F,
        observe: Option<O>,
        // Dropped last: what the future holds is dropped inside the span.
        span: Suspended,
    }

    impl<F, O> PinnedDrop for Traced<F, O> {
        fn drop(this: Pin<&mut Self>) {
            this.project().span.resume_to_drop();
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
        let span = span.into_span();
        let site = span.as_ref().map(|span| span.site);
        let state = if span.is_some() { State::Suspended } else { State::Off };
        Self {
            future,
            observe: Some(observe),
            span: Suspended {
                site,
                span,
                key: None,
                state,
            },
        }
    }
}

impl<F, O> Future for Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output, &mut Ending),
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.span.state == State::Off {
            return self.project().future.poll(context);
        }
        self.poll_inside(context)
    }
}

impl<F, O> Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output, &mut Ending),
{
    #[inline(never)]
    fn poll_inside(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // As a fused future.
        if this.span.state == State::Ended {
            return Poll::Pending;
        }
        let polled = this.span.poll();
        match this.future.poll(context) {
            Poll::Pending => {
                polled.0.state = State::Suspended;
                Poll::Pending
            }
            Poll::Ready(output) => {
                let mut ending = Ending::new(polled.site());
                if let Some(observe) = this.observe.take() {
                    ending.read(&output, observe);
                }
                polled.end(&mut ending);
                Poll::Ready(output)
            }
        }
    }
}

/// The span of a future, which is on the stack during its polls.
#[derive(Debug)]
struct Suspended {
    site: Option<&'static Site>,
    /// Between polls.
    span: Option<Arc<LocalSpan>>,
    /// During a poll or a drop.
    key: Option<Key>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No subscriber wants the span.
    Off,
    Suspended,
    /// Set during each poll, so still set after a poll that unwound.
    Polled,
    /// The future is dropped because other code has panicked.
    DroppedByPanic,
    Ended,
}

impl Suspended {
    #[inline(never)]
    fn resume(&mut self) {
        if let Some(span) = self.span.take() {
            match stack::push(span, false) {
                Ok(key) => self.key = Some(key),
                Err(span) => self.span = Some(span),
            }
        }
    }

    /// What the future holds is dropped inside the span.
    fn resume_to_drop(&mut self) {
        if self.state == State::Suspended && std::thread::panicking() {
            self.state = State::DroppedByPanic;
        }
        self.resume();
    }

    #[inline]
    fn poll(&mut self) -> Polled<'_> {
        self.resume();
        self.state = State::Polled;
        Polled(self)
    }

    /// Takes the span from the stack.
    #[inline(never)]
    fn suspend(&mut self) {
        if let Some(key) = self.key.take() {
            self.span = stack::pop(key);
        }
    }
}

/// A poll of the future: the span is suspended when it returns, and also when it unwinds.
struct Polled<'a>(&'a mut Suspended);

impl Polled<'_> {
    fn site(&self) -> Option<&'static Site> {
        self.0.site
    }

    #[inline(never)]
    fn end(self, ending: &mut Ending) {
        self.0.suspend();
        self.0.state = State::Ended;
        if let Some(span) = self.0.span.take() {
            end::end(span, End::Returned(ending));
        }
    }
}

impl Drop for Polled<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.suspend();
    }
}

/// The end of a future that was dropped before it was ready.
impl Drop for Suspended {
    fn drop(&mut self) {
        self.suspend();
        if let Some(span) = self.span.take() {
            let has_panicked = match self.state {
                State::Polled => true,
                State::DroppedByPanic => false,
                // What the future holds panicked while it was dropped.
                _ => std::thread::panicking(),
            };
            end::end(span, if has_panicked { End::Panicked } else { End::Cancelled });
        }
    }
}
