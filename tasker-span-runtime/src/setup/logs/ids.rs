//! `Ids`: the trace id and span id of the running code, for logs.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use triomphe::Arc;

use crate::outcome::caught;
use crate::span::{self, LocalSpan, context_of, is_exported, stack};

#[derive(Clone, Copy, Debug)]
pub(in crate::setup) struct Ids {
    pub(in crate::setup) trace_id: u128,
    pub(in crate::setup) span_id: u64,
    pub(in crate::setup) is_sampled: bool,
}

impl Ids {
    /// Those of the running code's span.
    pub(in crate::setup) fn current() -> Option<Self> {
        match Current::find()? {
            Current::Span(span) => Self::of(&context_of(&span)),
            Current::Context(context) => Self::of(&context),
        }
    }

    fn of(context: &SpanContext) -> Option<Self> {
        context.is_valid().then(|| Self {
            trace_id: u128::from_be_bytes(context.trace_id().to_bytes()),
            span_id: u64::from_be_bytes(context.span_id().to_bytes()),
            is_sampled: context.is_sampled(),
        })
    }
}

/// Whether the running code's span is sampled. Code outside of all spans has no decision.
pub(super) fn is_sampled() -> Option<bool> {
    match Current::find()? {
        Current::Span(span) => Some(is_exported(&span)),
        Current::Context(context) => context.is_valid().then(|| context.is_sampled()),
    }
}

/// The innermost span, or the context that the code has attached inside of it.
enum Current {
    Span(Arc<LocalSpan>),
    Context(SpanContext),
}

impl Current {
    fn find() -> Option<Self> {
        if stack::is_thread_ending() {
            return None;
        }
        let active = stack::enclosing();
        // OpenTelemetry logs while it changes its stack of contexts: reading it then panics.
        let foreign = caught(span::foreign).flatten();
        if let Some(foreign) = foreign {
            // What other code starts in an unsampled span is never exported: the span may be.
            let is_unsampled = |active: &LocalSpan| !active.sampling.is_sampled && !foreign.is_sampled();
            if !active.as_deref().is_some_and(is_unsampled) {
                return Some(Self::Context(foreign));
            }
        }
        // A filter may keep the span out of the trace, and not its enclosing spans.
        let mut spans = active
            .iter()
            .chain(active.iter().flat_map(|span| span.near_ancestors()));
        match spans.find(|span| !span.is_filtered()) {
            Some(span) => Some(Self::Span(Arc::clone(span))),
            None => caught(|| Context::map_current(|context| context.span().span_context().clone())).map(Self::Context),
        }
    }
}

/// As text lines have them.
impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trace_id={:032x} span_id={:016x}", self.trace_id, self.span_id)
    }
}
