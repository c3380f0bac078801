//! The user's block inside its span. The span opens before, in `start`.

use std::future::Future;

use crate::span::{Ending, EnteredSpan, ScopedSpan, Traced};

/// The body of a function without a result: it runs until the guard is dropped.
#[inline]
pub fn enter(span: ScopedSpan) -> EnteredSpan {
    span.enter()
}

/// The body of a synchronous function.
#[inline]
pub fn run<R>(span: ScopedSpan, body: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
    span.run(body, observe)
}

/// The body of an asynchronous function.
#[inline]
pub fn instrument<F, O>(span: ScopedSpan, body: F, observe: O) -> Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output, &mut Ending),
{
    Traced::new(span, body, observe)
}

/// Reads the links only if the span is sampled, lacks what a message may tell, or is measured.
#[doc(hidden)]
#[macro_export]
macro_rules! __link {
    ($start:ident, $links:expr) => {
        if $crate::__private::Start::wants_links(&mut $start) {
            $crate::__private::Start::link(&mut $start, $links);
        }
    };
}

/// Reads a field only if the span is sampled.
#[doc(hidden)]
#[macro_export]
macro_rules! __show {
    ($start:ident, $value:expr) => {
        if $crate::__private::Start::is_sampled(&mut $start) {
            $crate::__private::Start::show(&mut $start, $value);
        } else {
            $crate::__private::Start::skip(&mut $start);
        }
    };
}
