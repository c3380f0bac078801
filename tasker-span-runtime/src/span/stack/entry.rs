//! `Entry`: something that the running code is in.

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard};
use tracing::span::Id;
use triomphe::Arc;

use crate::outcome::caught;
use crate::span::local::LocalSpan;
use crate::span::promoted::Promoted;

/// Tells a guard's entry from all others of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(pub(super) u64);

/// Something that the running code is in.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) key: Key,
    pub(crate) span: Entered,
    /// OpenTelemetry's current span before the entry was pushed, and after it.
    pub(super) contexts: [ContextId; 2],
    /// The work was carried here from the thread, or the task of the runtime, that the span runs in.
    pub(super) is_carried: bool,
    /// The setting `activate_context`.
    pub(super) attached: Option<ContextGuard>,
}

impl Entry {
    /// An entry without an attached context.
    #[inline]
    pub(super) fn new(key: Key, span: Entered, contexts: [ContextId; 2], is_carried: bool) -> Self {
        Self {
            key,
            span,
            contexts,
            is_carried,
            attached: None,
        }
    }

    /// Whether it is a span of ours, of which the subscriber knows nothing.
    #[inline]
    pub(super) fn is_untold(&self) -> bool {
        matches!(self.span, Entered::Local { told: Told::No, .. }) && self.attached.is_none()
    }

    /// The span, if it is one of ours.
    #[inline]
    pub(super) fn into_span(self) -> Option<Arc<LocalSpan>> {
        match self.span {
            Entered::Local { span, .. } => Some(span),
            Entered::Foreign { .. } => None,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Entered {
    Local {
        span: Arc<LocalSpan>,
        told: Told,
    },
    /// A span of other code, in the subscriber with this address.
    Foreign {
        subscriber: usize,
        id: Id,
        /// The local span in which it was created.
        enclosing: Option<Arc<LocalSpan>>,
        /// It was created in an unsampled span, and the sampler has to ask.
        is_unsampled: bool,
        /// It was entered already: `tracing` does not make it the current span again.
        is_again: bool,
    },
}

/// Whether the subscriber knows that the span is entered.
#[derive(Debug)]
pub(crate) enum Told {
    No,
    ByUs(Box<Promoted>),
    /// Other code entered the `tracing` side.
    ByOtherCode,
}

/// The id of OpenTelemetry's current span; zero without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContextId(u64);

impl ContextId {
    #[inline]
    pub(crate) fn current() -> Self {
        let read = || {
            Context::map_current(|context| {
                if !context.has_active_span() {
                    return Self::default();
                }
                let span = context.span();
                let span = span.span_context();
                Self(u64::from_be_bytes(span.span_id().to_bytes()))
            })
        };
        // While the thread ends, OpenTelemetry's thread-local may be gone, and it panics.
        caught(read).unwrap_or_default()
    }
}
