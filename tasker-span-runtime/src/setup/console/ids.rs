//! `Ids`: the trace id and span id of the running code, for log lines.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use crate::outcome;
use crate::span::context_of;
use crate::span::stack::{self, Entered};

#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) trace_id: u128,
    pub(super) span_id: u64,
    pub(super) is_sampled: bool,
}

impl Ids {
    /// Of the innermost span, or of the context that the code has attached inside of it.
    pub(super) fn current() -> Option<Self> {
        // OpenTelemetry logs while it changes its stack of contexts: reading it then panics.
        let is_of_other_code = stack::is_context_of_other_code();
        let local = stack::innermost(|entry| match &entry.span {
            Entered::Local { span, .. } if !is_of_other_code => Some(span.clone()),
            _ => None,
        });
        // A filter may keep the span out of the trace, and not the spans around it.
        let local = local.flatten();
        let in_trace = local
            .iter()
            .chain(local.iter().flat_map(|span| span.ancestors()))
            .find(|span| !span.is_filtered());
        if let Some(span) = in_trace {
            return Self::of(&context_of(span));
        }
        outcome::caught(|| Context::map_current(|context| Self::of(context.span().span_context())))?
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
