//! `Worker`: the export thread. It delivers spans to processors, fills batches, and sends one batch at a time while it goes on.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use std::{future, io, thread};

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SpanProcessor;
use tokio::runtime::{Builder, Runtime};

use super::outbox::Progress;
use super::stage::{Exporter, Stage};
use crate::clock::{self, Wall};
use crate::record::{Finished, RequestFailure, Rounds, Ticket, deliver_on_this_thread, recycle};
use crate::stats::SPANS_NOT_EXPORTED;

/// Starts the thread. Returns false if the system gives none.
pub(super) fn start(stage: Arc<Stage>) -> bool {
    let Ok(worker) = Worker::new(stage) else {
        return false;
    };
    let builder = thread::Builder::new().name("tasker-span-export".to_owned());
    builder.spawn(move || worker.run()).is_ok()
}

struct Worker {
    stage: Arc<Stage>,
    /// It runs only while the thread waits: processors and exporters of the program are called outside of it, and may block.
    runtime: Runtime,
    outbox: Option<Exporter>,
    /// The flushes whose spans are not exported yet.
    flushes: Vec<Flush>,
}

/// A flush, or the shutdown.
struct Flush {
    ticket: Ticket,
    /// When it was made.
    before: Progress,
    /// What processors said.
    failures: Vec<String>,
}

/// The longest time that the shutdown of one processor is given.
const OF_PROCESSOR: Duration = Duration::from_secs(5);

impl Worker {
    fn new(stage: Arc<Stage>) -> io::Result<Self> {
        Ok(Self {
            stage,
            runtime: Builder::new_current_thread().enable_all().build()?,
            outbox: None,
            flushes: Vec::new(),
        })
    }

    fn run(mut self) {
        deliver_on_this_thread();
        let mut rounds = Rounds::default();
        loop {
            #[cfg(feature = "testing")]
            let deliver = self.stage.queue.requests().take_deliver();
            let flush = self.stage.queue.requests().take_flush();
            let shutdown = self.stage.queue.requests().find_shutdown();
            let had_spans = self.deliver_queued();
            #[cfg(feature = "testing")]
            if let Some(ticket) = deliver {
                ticket.answer(Ok(()));
            }
            if let Some(ticket) = flush {
                self.begin_flush(ticket);
            }
            if let Some(ticket) = shutdown {
                return self.shut_down(&ticket);
            }
            if let Some(outbox) = &mut self.outbox {
                outbox.send_next();
            }
            self.answer_flushes();
            let timeout = rounds.timeout(had_spans);
            self.wait(&rounds, timeout);
        }
    }

    /// Takes all spans that are queued now. Returns whether there were any.
    #[inline(never)] // Profiles count its instructions by its name.
    fn deliver_queued(&mut self) -> bool {
        let stage = Arc::clone(&self.stage);
        let wall = clock::wall();
        let mut had_spans = false;
        // Not more than there are now: others may go on without end.
        for _ in 0..stage.queue.len() {
            let Some(span) = stage.queue.pop() else { break };
            had_spans = true;
            self.deliver_one(span, &stage, &wall);
        }
        had_spans
    }

    fn deliver_one(&mut self, span: Finished, stage: &Stage, wall: &Wall) {
        // A span that ended after the start of the export finds the exporter.
        if self.outbox.is_none() {
            self.outbox = stage.take_exporter();
        }
        let mut record = match (span, &mut self.outbox) {
            (Finished::Record(record), _) => record,
            // Its processors have been called on its own thread.
            (Finished::Span(span), Some(outbox)) => return outbox.add_span(*span),
            (Finished::Span(_), None) => return SPANS_NOT_EXPORTED.add_one(),
        };
        match &mut self.outbox {
            Some(outbox) if stage.processors.is_empty() && outbox.takes_records() => {
                outbox.add_record(&mut record, wall);
            }
            outbox => {
                let span = stage.shared.span_data(&mut record, wall);
                for processor in &stage.processors {
                    processor.on_end(span.clone());
                }
                match outbox {
                    Some(outbox) => outbox.add_span(span),
                    None => SPANS_NOT_EXPORTED.add_one(),
                }
            }
        }
        recycle(record);
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
        self.begin_flush(ticket.clone());
        let mut last = self.flushes.pop();
        while let Some(outbox) = self.outbox.as_mut() {
            let progress = outbox.progress();
            if progress.finished >= progress.added {
                break;
            }
            outbox.send_next();
            self.wait(&Rounds::default(), None);
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
    fn wait(&mut self, rounds: &Rounds, timeout: Option<Duration>) {
        let due = self.outbox.as_ref().and_then(|outbox| outbox.due_in());
        let timeout = [timeout, due].into_iter().flatten().min();
        let queue = &self.stage.queue;
        let outbox = &mut self.outbox;
        // Nothing that an exporter does is a span.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.runtime.block_on(async {
            // Connections go on even if spans come so fast that the thread never waits.
            tokio::task::yield_now().await;
            let mut woken = pin!(rounds.wait(queue));
            let mut elapsed = pin!(async {
                match timeout {
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
