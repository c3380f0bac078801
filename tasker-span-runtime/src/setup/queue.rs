//! The SDK's queue in front of the exporter, with a count of what waits in it: the SDK tells of the spans that it refused only
//! in its own log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};

use crate::stats::SPANS_REFUSED;

/// A queue that counts what it has no room for.
#[derive(Debug)]
pub(super) struct Queue {
    processor: BatchSpanProcessor,
    waiting: Arc<Waiting>,
}

impl Queue {
    /// Of a processor whose exporter tells `waiting` what it takes.
    pub(super) fn new(processor: BatchSpanProcessor, waiting: Arc<Waiting>) -> Self {
        Self { processor, waiting }
    }

    /// How many spans exports have lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.waiting.lost.load(Ordering::Acquire)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.enter() {
            self.processor.on_end(span);
        } else {
            SPANS_REFUSED.add_one();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }
}

/// The spans that wait for an export. There are never more than the SDK's queue has room for, so that it refuses none itself.
#[derive(Debug)]
pub(super) struct Waiting {
    spans: AtomicUsize,
    room: usize,
    /// Of those that waited.
    lost: AtomicU64,
}

impl Waiting {
    pub(super) fn new(room: usize) -> Self {
        Self {
            spans: AtomicUsize::new(0),
            room,
            lost: AtomicU64::new(0),
        }
    }

    /// Whether there is room for one more span, which then waits.
    fn enter(&self) -> bool {
        if self.spans.fetch_add(1, Ordering::Relaxed) < self.room {
            return true;
        }
        self.spans.fetch_sub(1, Ordering::Relaxed);
        false
    }

    /// So many of those that were on their way are lost.
    pub(super) fn lose(&self, spans: u64) {
        self.lost.fetch_add(spans, Ordering::Release);
    }

    /// So many are on their way.
    pub(super) fn leave(&self, spans: usize) {
        self.spans.fetch_sub(spans, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_there_again_for_what_has_left() {
        let waiting = Waiting::new(2);
        assert!(waiting.enter() && waiting.enter() && !waiting.enter() && !waiting.enter());
        waiting.leave(1);
        assert!(waiting.enter() && !waiting.enter());
    }
}
