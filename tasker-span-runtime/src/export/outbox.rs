//! `Outbox`: the batches of an exporter, and the fate of their spans. How a batch is sent is in `transport` and `sdk`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SpanData;

use crate::clock::Wall;
use crate::outcome::caught;
use crate::record::SpanRecord;
use crate::stats::{SPANS_EXPORT_FAILED, SPANS_EXPORTED, SPANS_REFUSED, SPANS_REJECTED};

/// How spans are put into batches, by the `OTEL_BSP_*` variables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// How many spans wait to be sent at most.
    pub(crate) capacity: usize,
    /// How many spans a batch has at most.
    pub(crate) size: usize,
    /// How long a span waits for its batch to be full.
    pub(crate) delay: Duration,
}

/// What an exporter made of a batch.
pub(crate) struct Sent<B> {
    pub(crate) result: Result<Accepted, String>,
    /// An attempt had failed before.
    pub(crate) was_retried: bool,
    /// A batch whose memory is used again.
    pub(crate) reusable: Option<B>,
}

/// A batch that was accepted, all of it or in part.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) rejected: u64,
    /// Why spans were rejected, or a warning.
    pub(crate) message: String,
}

pub(crate) type Sending<B> = Pin<Box<dyn Future<Output = Sent<B>> + Send>>;

/// Makes batches and sends them.
pub(crate) trait Sender: Send + 'static {
    type Batch: Default + Send;

    /// Whether records are added as they are, and not as `SpanData`.
    const TAKES_RECORDS: bool;

    fn add_record(&self, batch: &mut Self::Batch, record: &mut SpanRecord, wall: &Wall);
    fn add_span(&self, batch: &mut Self::Batch, span: SpanData);
    /// Whether another span might make the batch too large to be accepted.
    fn is_full(&self, batch: &Self::Batch) -> bool;
    /// Is called outside of the runtime, in which the future is polled.
    fn send(&self, batch: Self::Batch) -> Sending<Self::Batch>;
    fn shutdown(&self) -> Result<(), String>;
    /// The name of the destination, in logs.
    fn destination(&self) -> &str;
}

/// An outbox whatever its exporter is.
pub(crate) trait AnyOutbox: Send {
    fn takes_records(&self) -> bool;
    fn add_record(&mut self, record: &mut SpanRecord, wall: &Wall);
    fn add_span(&mut self, span: SpanData);
    /// Whether another span would be refused.
    fn is_full(&self) -> bool;
    /// Closes the open batch.
    fn close_batch(&mut self);
    /// Sends the next batch that waits, unless one is being sent.
    fn send_waiting(&mut self);
    /// The same, and the open batch if it is due.
    fn send_next(&mut self);
    fn is_sending(&self) -> bool;
    /// Is ready when a batch has got its fate. Pending while none is being sent.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()>;
    /// How long the open batch may stay open. `None` if it need not be closed now.
    fn due_in(&self) -> Option<Duration>;
    fn progress(&self) -> Progress;
    fn shutdown(&self) -> Result<(), String>;
}

/// Counts of spans.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub(super) added: u64,
    /// Those of the added that have got their fate, in their order.
    pub(super) finished: u64,
    /// Those of the finished that have failed.
    pub(super) failed: u64,
}

pub(crate) struct Outbox<S: Sender> {
    sender: S,
    batching: Batching,
    open: S::Batch,
    open_spans: usize,
    opened: Option<Instant>,
    waiting: VecDeque<(S::Batch, usize)>,
    /// The spans of the waiting batches.
    waiting_spans: usize,
    sending: Option<(Sending<S::Batch>, usize)>,
    reusable: Option<S::Batch>,
    progress: Progress,
    is_failing: bool,
    has_told_rejection: bool,
}

impl<S: Sender> Outbox<S> {
    pub(crate) fn new(sender: S, batching: Batching) -> Self {
        Self {
            sender,
            batching,
            open: S::Batch::default(),
            open_spans: 0,
            opened: None,
            waiting: VecDeque::new(),
            waiting_spans: 0,
            sending: None,
            reusable: None,
            progress: Progress::default(),
            is_failing: false,
            has_told_rejection: false,
        }
    }

    /// Adds a span, unless too many wait.
    fn add(&mut self, add: impl FnOnce(&S, &mut S::Batch)) {
        if self.is_full() {
            return SPANS_REFUSED.add_one();
        }
        add(&self.sender, &mut self.open);
        self.open_spans += 1;
        self.progress.added += 1;
        self.opened.get_or_insert_with(Instant::now);
        if self.open_spans >= self.batching.size || self.sender.is_full(&self.open) {
            self.close_batch();
        }
    }

    fn finish(&mut self, sent: Sent<S::Batch>, spans: usize) {
        let spans = spans as u64;
        self.progress.finished += spans;
        self.reusable = sent.reusable;
        match sent.result {
            Ok(accepted) => {
                let rejected = accepted.rejected.min(spans);
                SPANS_REJECTED.add(rejected);
                SPANS_EXPORTED.add(spans - rejected);
                self.progress.failed += rejected;
                // A layer that panics at a log event must not end the thread.
                caught(|| self.log_accepted(&accepted, spans, sent.was_retried));
            }
            Err(error) => {
                SPANS_EXPORT_FAILED.add(spans);
                self.progress.failed += spans;
                caught(|| self.log_failed(&error, spans));
            }
        }
    }

    fn log_accepted(&mut self, accepted: &Accepted, spans: u64, was_retried: bool) {
        let destination = self.sender.destination();
        let Accepted { rejected, message } = accepted;
        if std::mem::take(&mut self.is_failing) || was_retried {
            tracing::info!(target: "tasker_span", destination, "exports succeed again");
        }
        let is_told = (*rejected == 0 && message.is_empty()) || self.has_told_rejection;
        if !is_told {
            self.has_told_rejection = true;
            tracing::warn!(
                target: "tasker_span", destination, rejected, spans, message,
                "the collector accepted a batch and rejected spans of it, or warns; correct what it says; further ones are only counted"
            );
        }
    }

    fn log_failed(&mut self, error: &str, spans: u64) {
        let destination = self.sender.destination();
        if !std::mem::replace(&mut self.is_failing, true) {
            tracing::warn!(
                target: "tasker_span", destination, error, spans,
                "the export failed and these spans are lost; check the destination; further losses are only counted"
            );
        }
    }
}

impl<S: Sender> AnyOutbox for Outbox<S> {
    fn takes_records(&self) -> bool {
        S::TAKES_RECORDS
    }

    fn add_record(&mut self, record: &mut SpanRecord, wall: &Wall) {
        self.add(|sender, batch| sender.add_record(batch, record, wall));
    }

    fn add_span(&mut self, span: SpanData) {
        self.add(|sender, batch| sender.add_span(batch, span));
    }

    fn is_full(&self) -> bool {
        self.waiting_spans + self.open_spans >= self.batching.capacity
    }

    fn close_batch(&mut self) {
        if self.open_spans > 0 {
            let next = self.reusable.take().unwrap_or_default();
            let batch = std::mem::replace(&mut self.open, next);
            self.waiting.push_back((batch, self.open_spans));
            self.waiting_spans += std::mem::take(&mut self.open_spans);
            self.opened = None;
        }
    }

    fn send_next(&mut self) {
        if self.due_in().is_some_and(|due| due.is_zero()) {
            self.close_batch();
        }
        self.send_waiting();
    }

    fn send_waiting(&mut self) {
        if self.sending.is_some() {
            return;
        }
        if let Some((batch, spans)) = self.waiting.pop_front() {
            self.waiting_spans -= spans;
            self.sending = Some((self.sender.send(batch), spans));
        }
    }

    fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((sending, spans)) = &mut self.sending else {
            return Poll::Pending;
        };
        let spans = *spans;
        // An exporter of the program may panic.
        let polled = caught(|| sending.as_mut().poll(context)).unwrap_or_else(|| {
            Poll::Ready(Sent {
                result: Err("the exporter panicked".to_owned()),
                was_retried: false,
                reusable: None,
            })
        });
        polled.map(|sent| {
            self.sending = None;
            self.finish(sent, spans);
        })
    }

    fn due_in(&self) -> Option<Duration> {
        // Those before it are sent first.
        let opened = self
            .opened
            .filter(|_| self.sending.is_none() && self.waiting.is_empty())?;
        Some(self.batching.delay.saturating_sub(opened.elapsed()))
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn shutdown(&self) -> Result<(), String> {
        caught(|| self.sender.shutdown()).unwrap_or_else(|| Err("the exporter panicked".to_owned()))
    }
}
