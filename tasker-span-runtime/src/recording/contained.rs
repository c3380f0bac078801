//! A `tracing` span whose layers may panic, as each call into them may: the function inside of the span goes on without what
//! is lost by that.

use crate::outcome::caught;

/// A `tracing` span that is opened, entered, left and closed as if its layers never panicked.
#[derive(Debug)]
pub(crate) struct ContainedSpan(tracing::Span);

impl ContainedSpan {
    pub(crate) const fn none() -> Self {
        Self(tracing::Span::none())
    }

    /// None where a layer panics at the sight of it: whatever the others have of it stays open, for nobody has its id.
    pub(crate) fn open(open: impl FnOnce() -> tracing::Span) -> Self {
        caught(open).map_or(Self::none(), Self)
    }

    /// The span that the running code is in.
    pub(crate) fn current() -> Self {
        Self::open(tracing::Span::current)
    }

    pub(crate) fn span(&self) -> &tracing::Span {
        &self.0
    }

    /// Makes the span current until the guard is dropped, which must be before the next `.await`.
    pub(crate) fn enter(&self) -> EnteredContained<'_> {
        EnteredContained {
            span: &self.0,
            entered: caught(|| self.0.enter()),
        }
    }
}

impl ContainedSpan {
    /// The same for a guard that holds the span open.
    pub(crate) fn entered(&self) -> OwnedContained {
        let entered = caught(|| self.0.clone().entered());
        let span = entered.is_none().then(|| self.0.clone());
        OwnedContained {
            entered,
            span: span.map_or(Self::none(), Self),
        }
    }
}

impl Drop for ContainedSpan {
    fn drop(&mut self) {
        if !self.0.is_none() {
            let span = std::mem::replace(&mut self.0, tracing::Span::none());
            caught(|| drop(span));
        }
    }
}

/// A span that is entered.
#[derive(Debug)]
pub(crate) struct EnteredContained<'a> {
    span: &'a tracing::Span,
    /// None where a layer panicked: the layers before it, and the registry, have entered the span nevertheless.
    entered: Option<tracing::span::Entered<'a>>,
}

impl Drop for EnteredContained<'_> {
    fn drop(&mut self) {
        let span = self.span;
        match self.entered.take() {
            Some(entered) => caught(|| drop(entered)),
            None => caught(|| {
                span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
            }),
        };
    }
}

/// A span that is entered, and held open.
#[derive(Debug)]
pub(crate) struct OwnedContained {
    entered: Option<tracing::span::EnteredSpan>,
    /// Only where a layer panicked: the layers before it, and the registry, have entered the span nevertheless.
    span: ContainedSpan,
}

impl Drop for OwnedContained {
    fn drop(&mut self) {
        match self.entered.take() {
            Some(entered) => caught(|| drop(entered)),
            None => caught(|| {
                self.span.0.with_subscriber(|(id, subscriber)| subscriber.exit(id));
            }),
        };
    }
}
