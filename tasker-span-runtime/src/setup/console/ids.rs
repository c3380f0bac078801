//! `Ids`: the trace id and span id of the running code, for log lines.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use crate::outcome::caught;
use crate::span::{self, context_of, stack};

#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) trace_id: u128,
    pub(super) span_id: u64,
    pub(super) is_sampled: bool,
}

impl Ids {
    /// Of the innermost span, or of the context that the code has attached inside of it.
    pub(super) fn current() -> Option<Self> {
        if stack::is_thread_ending() {
            return None;
        }
        let active = stack::enclosing();
        // OpenTelemetry logs while it changes its stack of contexts: reading it then panics.
        let foreign = caught(span::foreign).flatten();
        if let Some(foreign) = &foreign {
            // What other code starts in an unsampled span is never exported: the span may be.
            let is_unsampled = |active: &span::LocalSpan| !active.sampling.is_sampled && !foreign.is_sampled();
            if !active.as_deref().is_some_and(is_unsampled) {
                return Self::of(foreign);
            }
        }
        // A filter may keep the span out of the trace, and not its enclosing spans.
        let mut spans = active
            .iter()
            .chain(active.iter().flat_map(|span| span.near_ancestors()));
        match spans.find(|span| !span.is_filtered()) {
            Some(span) => Self::of(&context_of(span)),
            None => caught(|| Context::map_current(|context| Self::of(context.span().span_context())))?,
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

/// As text lines have them.
impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trace_id={:032x} span_id={:016x}", self.trace_id, self.span_id)
    }
}
