//! All that a capture held when somebody looked, whatever is selected of it.

use super::CapturedSpan;
use super::store::OpenSpan;
use crate::identity::{SpanId, TraceId};

/// The spans of a capture, finished and not.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) finished: Vec<CapturedSpan>,
    pub(super) open: Vec<OpenSpan>,
}

impl Snapshot {
    /// What is known of a span that may not be selected, or not have ended.
    pub(super) fn find(&self, trace_id: TraceId, span_id: SpanId) -> Option<Known<'_>> {
        let finished = self
            .finished
            .iter()
            .find(|span| (span.trace_id(), span.span_id()) == (trace_id, span_id));
        let open = || {
            self.open
                .iter()
                .find(|span| (span.trace_id, span.span_id) == (trace_id, span_id))
        };
        finished.map(Known::Finished).or_else(|| open().map(Known::Open))
    }
}

/// What a capture knows about a span id.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'a> {
    Finished(&'a CapturedSpan),
    Open(&'a OpenSpan),
}

impl<'a> Known<'a> {
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Finished(span) => span.name(),
            Self::Open(span) => &span.name,
        }
    }
}
