//! `Ids`: the trace id and span id of the running code, for log lines.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use super::unsampled;
use crate::{outcome, scope};

#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) trace_id: u128,
    pub(super) span_id: u64,
    pub(super) is_sampled: bool,
}

impl Ids {
    pub(super) fn current() -> Option<Self> {
        // Without a task there are no ids: those of an enclosing sampled span would be wrong.
        if scope::is_dropped() {
            let (trace_id, span_id) = unsampled::ids()?;
            return Some(Self {
                trace_id: trace_id.to_u128(),
                span_id: span_id.to_u64(),
                is_sampled: false,
            });
        }
        // OpenTelemetry logs while it changes its stack of contexts: reading it then panics.
        let of_span = || {
            Context::map_current(|context| {
                let span = context.span();
                let span = span.span_context();
                span.is_valid().then(|| Self {
                    trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
                    span_id: u64::from_be_bytes(span.span_id().to_bytes()),
                    is_sampled: true,
                })
            })
        };
        outcome::caught(of_span).flatten()
    }
}

/// As text lines have them.
impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trace_id={:032x} span_id={:016x}", self.trace_id, self.span_id)
    }
}
