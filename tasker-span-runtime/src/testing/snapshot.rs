//! `Snapshot`: all spans of a capture at one moment. A selection of them is `Spans`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::CapturedSpan;
use crate::UnknownNamespace;
use crate::identity::{SpanId, TraceId};

#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) finished: Vec<CapturedSpan>,
    pub(super) open: Vec<OpenSpan>,
    pub(super) unknown_namespace: UnknownNamespace,
    /// Where each finished span is, once one is looked up. Of spans with the same id it is the first.
    positions: OnceLock<HashMap<(TraceId, SpanId), usize>>,
}

/// A span that has not ended. Messages tell it from a span that never started.
#[derive(Clone, Debug)]
pub(super) struct OpenSpan {
    pub(super) name: Cow<'static, str>,
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
}

impl Snapshot {
    pub(super) fn new(finished: Vec<CapturedSpan>, open: Vec<OpenSpan>, unknown_namespace: UnknownNamespace) -> Self {
        Self {
            finished,
            open,
            unknown_namespace,
            positions: OnceLock::new(),
        }
    }

    /// Finds a span that may be unselected or open.
    pub(super) fn find(&self, trace_id: TraceId, span_id: SpanId) -> Option<Known<'_>> {
        let id = (trace_id, span_id);
        let positions = self.positions.get_or_init(|| {
            // Reversed, so that the first wins.
            let spans = self.finished.iter().enumerate().rev();
            spans
                .map(|(position, span)| ((span.trace_id(), span.span_id()), position))
                .collect()
        });
        let mut open = self.open.iter();
        let finished = positions
            .get(&id)
            .map(|position| Known::Finished(&self.finished[*position]));
        finished.or_else(|| open.find(|span| (span.trace_id, span.span_id) == id).map(Known::Open))
    }
}

/// A span of the capture.
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
