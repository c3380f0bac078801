//! `Worker`: the export thread. It delivers spans to processors, fills batches, and sends one batch at a time while it goes on.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use std::{future, io, thread};

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use tokio::runtime::{Builder, Runtime};

use super::outbox::Progress;
use super::stage::{Exporter, Stage};
use crate::clock::{self, Wall};
use crate::record::{Finished, Looks, RequestFailure, Rounds, Ticket, deliver_on_this_thread, recycle};
use crate::stats::SPANS_NOT_EXPORTED;

/// Starts the thread. Returns false if the system gives none.
pub(super) fn start(stage: Arc<Stage>) -> bool {
    let builder = thread::Builder::new().name("tasker-span-export".to_owned());
    // The runtime is made on its thread: a caller inside another runtime could not drop it.
    let run = move || match Worker::new(Arc::clone(&stage)) {
        Ok(worker) => worker.run(),
        Err(_) => stage.queue.note_failed_start(),
    };
    builder.spawn(run).is_ok()
}

/// Has Tokio make what a process has once, such as its registry of signals, before the export thread does: a child that is
/// forked in the middle of it would wait for it for ever.
pub(super) fn prepare() {
    if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
        // The caller may be inside another runtime, where none may be dropped.
        runtime.shutdown_background();
    }
}

struct Worker {
    stage: Arc<Stage>,
    /// It runs only while the thread waits: processors and exporters of the program are called outside of it, and may block.
    runtime: Runtime,
    outbox: Option<Exporter>,
    /// Requests whose spans may still be queued.
    asked: Vec<Ticket>,
    #[cfg(feature = "testing")]
    delivered: Vec<Ticket>,
    /// The flushes whose spans are not exported yet.
    flushes: Vec<Flush>,
}

struct Round {
    had_spans: bool,
    /// All that was queued at its beginning has been taken.
    is_complete: bool,
}

/// A flush, or the shutdown.
struct Flush {
    ticket: Ticket,
    /// When it was made.
    before: Progress,
    /// What processors said.
    failures: Vec<String>,
}

/// After so long, a round of slow processors lets the export go on.
const ROUND: Duration = Duration::from_millis(10);
/// How often connections are served in a round at least.
const TURNS: usize = 8;
/// The longest time that the shutdown of one processor is given.
const OF_PROCESSOR: Duration = Duration::from_secs(5);

impl Worker {
    fn new(stage: Arc<Stage>) -> io::Result<Self> {
        Ok(Self {
            stage,
            runtime: Builder::new_current_thread().enable_all().build()?,
            outbox: None,
            asked: Vec::new(),
            #[cfg(feature = "testing")]
            delivered: Vec::new(),
            flushes: Vec::new(),
        })
    }

    fn run(mut self) {
        deliver_on_this_thread();
        self.stage.run_before_spans();
        let mut rounds = Rounds::default();
        let mut looks = Looks::default();
        loop {
            let requests = self.stage.queue.requests();
            self.asked.extend(requests.take_flush());
            #[cfg(feature = "testing")]
            self.delivered.extend(requests.take_deliver());
            let shutdown = requests.find_shutdown();
            self.stage
                .queue
                .queue_waiting(self.has_requests() || shutdown.is_some());
            if let Some(ticket) = shutdown {
                return self.shut_down(&ticket);
            }
            let look = self.stage.queue.queue_running(&mut looks);
            let round = self.deliver_queued();
            self.answer_flushes();
            let takes_spans = self.takes_spans();
            let idle = rounds.timeout(round.had_spans || !self.stage.queue.waiting().is_empty());
            let goes_on = takes_spans && !round.is_complete;
            let timeout = [idle, look].into_iter().flatten().min();
            self.wait(
                &rounds,
                if goes_on { Some(Duration::ZERO) } else { timeout },
                takes_spans,
            );
        }
    }

    /// Takes the spans that are queued now, and sends what is ready.
    #[inline(never)] // Profiles count its instructions by its name.
    fn deliver_queued(&mut self) -> Round {
        let stage = Arc::clone(&self.stage);
        let wall = clock::wall();
        let began = Instant::now();
        let (mut had_spans, mut takes_spans) = (false, self.takes_spans());
        if takes_spans {
            stage.queue.drain(|span| {
                had_spans = true;
                self.deliver_one(span, &stage, &wall);
                if let Some(outbox) = &mut self.outbox {
                    outbox.send_waiting();
                }
                // Slow processors share the thread with the export.
                let has_time = stage.processors.is_empty() || self.has_requests() || began.elapsed() < ROUND;
                takes_spans = self.takes_spans() && has_time;
                takes_spans
            });
        }
        // All that was queued when the requests came has been taken.
        if takes_spans {
            for ticket in std::mem::take(&mut self.asked) {
                self.begin_flush(ticket);
            }
            #[cfg(feature = "testing")]
            for ticket in self.delivered.drain(..) {
                ticket.answer(Ok(()));
            }
        }
        // A full outbox makes room only by sending, and a flush has closed its batch.
        if let Some(outbox) = &mut self.outbox {
            outbox.send_next();
        }
        Round {
            had_spans,
            is_complete: takes_spans,
        }
    }

    fn has_requests(&self) -> bool {
        #[cfg(feature = "testing")]
        if !self.delivered.is_empty() {
            return true;
        }
        !self.asked.is_empty()
    }

    /// Whether the spans stay in the queue for now, as too many wait to be sent. Processors get them in any case.
    fn takes_spans(&self) -> bool {
        !self.stage.processors.is_empty() || self.outbox.as_ref().is_none_or(|outbox| !outbox.is_full())
    }

    fn deliver_one(&mut self, span: Finished, stage: &Stage, wall: &Wall) {
        // A span that ended after the start of the export finds the exporter.
        if self.outbox.is_none() {
            self.outbox = stage.take_exporter();
        }
        let mut record = match (span, &mut self.outbox) {
            (Finished::Record(record), _) => record,
            (Finished::Span(span), _) if stage.shared.redactor.is_some() => {
                return self.deliver_data(stage.shared.complete(*span), stage);
            }
            // Its processors have been called on its own thread.
            (Finished::Span(span), Some(outbox)) => return outbox.add_span(*span),
            (Finished::Span(_), None) => return SPANS_NOT_EXPORTED.add_one(),
        };
        match &mut self.outbox {
            Some(outbox) if stage.takes_records() && outbox.takes_records() => outbox.add_record(&mut record, wall),
            _ => {
                let span = stage.shared.span_data(&mut record, wall);
                self.deliver_data(span, stage);
            }
        }
        recycle(record);
    }

    fn deliver_data(&mut self, span: SpanData, stage: &Stage) {
        for processor in &stage.processors {
            processor.on_end(span.clone());
        }
        match &mut self.outbox {
            Some(outbox) => outbox.add_span(span),
            None => SPANS_NOT_EXPORTED.add_one(),
        }
    }

    fn begin_flush(&mut self, ticket: Ticket) {
        let failures = each(&self.stage, |processor| processor.force_flush());
        let before = self.outbox.as_mut().map_or_else(Progress::default, |outbox| {
            outbox.close_batch();
            outbox.progress()
        });
        self.flushes.push(Flush {
            ticket,
            before,
            failures,
        });
    }

    /// Answers those whose spans have all got their fate.
    fn answer_flushes(&mut self) {
        let now = self
            .outbox
            .as_ref()
            .map_or_else(Progress::default, |outbox| outbox.progress());
        self.flushes.retain_mut(|flush| {
            let is_done = now.finished >= flush.before.added;
            if is_done {
                flush.answer(now);
            }
            !is_done
        });
    }

    fn shut_down(mut self, ticket: &Ticket) {
        if self.outbox.is_none() {
            self.outbox = self.stage.take_exporter();
        }
        // No span comes any more: at last the queue is empty, however many wait to be sent.
        while !self.deliver_queued().is_complete {
            self.answer_flushes();
            // If spans stay in the queue, a batch is being sent.
            let timeout = self.takes_spans().then_some(Duration::ZERO);
            self.wait(&Rounds::default(), timeout, false);
        }
        self.begin_flush(ticket.clone());
        let mut last = self.flushes.pop();
        while let Some(outbox) = self.outbox.as_mut() {
            let progress = outbox.progress();
            if progress.finished >= progress.added {
                break;
            }
            outbox.send_next();
            self.wait(&Rounds::default(), None, false);
            self.answer_flushes();
        }
        self.answer_flushes();
        if let Some(flush) = &mut last {
            // A lost span is told by the counts, and no failure to stop.
            flush.before = self
                .outbox
                .as_ref()
                .map_or_else(Progress::default, |outbox| outbox.progress());
            let stopped = each(&self.stage, |processor| processor.shutdown_with_timeout(OF_PROCESSOR));
            flush.failures.extend(stopped);
            flush
                .failures
                .extend(self.outbox.as_ref().and_then(|outbox| outbox.shutdown().err()));
            self.stage.queue.finish();
            flush.answer(flush.before);
        }
    }

    /// Waits for spans, requests, the end of an export or the end of the time, and keeps connections alive meanwhile.
    fn wait(&mut self, rounds: &Rounds, timeout: Option<Duration>, takes_spans: bool) {
        let due = self.outbox.as_ref().and_then(|outbox| outbox.due_in());
        let timeout = [timeout, due].into_iter().flatten().min();
        let queue = &self.stage.queue;
        let outbox = &mut self.outbox;
        // Nothing that an exporter does is a span.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.runtime.block_on(async {
            // Connections go on even if spans come so fast that the thread never waits.
            let turns = outbox
                .as_ref()
                .map_or(0, |outbox| if outbox.is_sending() { TURNS } else { 0 });
            for _ in 0..turns {
                tokio::task::yield_now().await;
                let turn = future::poll_fn(|context| {
                    let is_sent = outbox.as_mut().is_some_and(|outbox| outbox.poll(context).is_ready());
                    Poll::Ready(is_sent)
                });
                if turn.await {
                    return;
                }
            }
            let mut woken = pin!(rounds.wait(queue, takes_spans));
            let mut elapsed = pin!(async {
                match timeout {
                    // Tokio's timer would take a millisecond.
                    Some(Duration::ZERO) => {}
                    Some(timeout) => tokio::time::sleep(timeout).await,
                    None => future::pending().await,
                }
            });
            future::poll_fn(|context| {
                let is_sent = outbox.as_mut().is_some_and(|outbox| outbox.poll(context).is_ready());
                if is_sent || woken.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                elapsed.as_mut().poll(context)
            })
            .await;
        });
    }
}

impl Flush {
    fn answer(&mut self, now: Progress) {
        let lost = now.failed - self.before.failed;
        if lost > 0 {
            self.failures.push(format!("{lost} spans were lost"));
        }
        let result = if self.failures.is_empty() {
            Ok(())
        } else {
            Err(RequestFailure::from(self.failures.join("; ")))
        };
        self.ticket.answer(result);
    }
}

/// Calls `act` with every processor of the program. Returns all failures.
fn each(stage: &Stage, act: impl Fn(&dyn SpanProcessor) -> OTelSdkResult) -> Vec<String> {
    let processors = stage.processors.iter();
    processors
        .filter_map(|processor| act(processor).err())
        .map(|error| error.to_string())
        .collect()
}

#[cfg(test)]
mod tests;
