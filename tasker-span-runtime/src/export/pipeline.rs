//! `Pipeline`: takes finished spans, and callers' requests, to the export thread. The exporter may be set later.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::outbox::AnyOutbox;
use super::processor::SharedProcessor;
use super::worker::Worker;
use crate::error::{Error, Kind};
use crate::record::{Finished, Limits, PanicSafeProcessor, Queue, RequestFailure, Shared, Ticket, is_delivering};
use crate::stats::SPANS_NOT_EXPORTED;

/// A batch exporter that the thread has not taken yet.
pub(crate) type Exporter = Box<dyn AnyOutbox>;

/// The pipeline of a provider. The provider learns neither that the export starts nor that it is
/// shut down: layers, tracers and open spans stay valid, and later spans are still counted.
pub(crate) struct Pipeline {
    /// Those of the program.
    pub(super) processors: Vec<PanicSafeProcessor<SharedProcessor>>,
    pub(super) queue: Arc<Queue>,
    pub(super) shared: Shared,
    exporter: Mutex<Option<Exporter>>,
    has_exporter: AtomicBool,
}

impl Pipeline {
    pub(crate) fn new(
        processors: Vec<SharedProcessor>,
        resource: &Resource,
        capacity: usize,
        limits: Limits,
        scope: InstrumentationScope,
    ) -> Arc<Self> {
        let processors = processors.into_iter().map(|processor| {
            let mut processor = PanicSafeProcessor(processor);
            processor.set_resource(resource);
            processor
        });
        let pipeline = Arc::new_cyclic(|weak: &std::sync::Weak<Self>| {
            let weak = weak.clone();
            let start = move || weak.upgrade().is_some_and(|pipeline| start_thread(&pipeline));
            Self {
                processors: processors.collect(),
                queue: Arc::new(Queue::new(capacity, Box::new(start))),
                shared: Shared { limits, scope },
                exporter: Mutex::default(),
                has_exporter: AtomicBool::new(false),
            }
        });
        if !pipeline.processors.is_empty() {
            pipeline.queue.set_taker();
        }
        pipeline
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    #[cfg(feature = "_otlp")]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Sets the exporter that `build` returns. It is an error if one is set already.
    pub(crate) fn start(&self, build: impl FnOnce() -> Result<Option<Exporter>, Error>) -> Result<(), Error> {
        let mut exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner);
        if self.has_exporter.load(Ordering::Acquire) {
            let message = "this telemetry already exports its spans";
            return Err(Error::new(Kind::AlreadyInstalled, message));
        }
        if let Some(built) = build()? {
            *exporter = Some(built);
            self.has_exporter.store(true, Ordering::Release);
            self.queue.set_taker();
        }
        Ok(())
    }

    /// The exporter, for the thread. Only the first call after the start returns it.
    pub(super) fn take_exporter(&self) -> Option<Exporter> {
        if !self.has_exporter.load(Ordering::Acquire) {
            return None;
        }
        self.exporter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Shows the processors a span of other code that starts.
    pub(super) fn start_span(&self, span: &mut Span, context: &Context) {
        if !self.queue.is_closed() {
            for processor in &self.processors {
                processor.on_start(span, context);
            }
        }
    }

    /// Passes on a span of other code, which is counted as ended if it is sampled.
    pub(super) fn end_span(&self, span: SpanData) {
        let span = self.shared.limits.apply(span);
        let is_sampled = span.span_context.is_sampled();
        if !self.queue.is_closed() {
            for processor in &self.processors {
                processor.on_end(span.clone());
            }
            if is_sampled && !self.has_exporter.load(Ordering::Acquire) {
                return SPANS_NOT_EXPORTED.add_one();
            }
        }
        if is_sampled {
            self.queue.push(Finished::Span(Box::new(span)));
        }
    }

    /// Exports every span that has ended. Callers at the same time get the same answer.
    pub(crate) fn flush(&self, deadline: Duration) -> Result<(), Error> {
        self.check("flush")?;
        if self.queue.is_closed() {
            return Err(Error::shut_down());
        }
        if self.has_nothing_to_do() {
            return Ok(());
        }
        self.need_thread("flush")?;
        let ticket = self.queue.requests().flush();
        self.queue.wake();
        if self.queue.is_finished() {
            self.queue.answer_rest();
        }
        match ticket.wait(deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(failure)) => Err(Error::exporter("the collector did not take the spans", &*failure)),
            None => Err(Error::timeout("the flush", deadline)),
        }
    }

    /// Exports the remaining spans and ends the thread. Later spans are only counted. All callers get the same answer.
    pub(crate) fn shutdown(&self, deadline: Duration) -> Result<(), Error> {
        self.check("shut down")?;
        self.queue.close();
        let (ticket, is_first) = self.queue.requests().shutdown();
        if is_first {
            self.begin_shutdown(&ticket);
        }
        match ticket.wait(deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(failure)) => Err(Error::exporter("the exporter did not stop", &*failure)),
            None => Err(Error::timeout("the shutdown", deadline)),
        }
    }

    fn begin_shutdown(&self, ticket: &Ticket) {
        if self.has_nothing_to_do() {
            self.queue.finish();
            ticket.answer(Ok(()));
        } else if let Err(error) = self.need_thread("shut down") {
            self.queue.finish();
            ticket.answer(Err(RequestFailure::from(error.to_string())));
        } else {
            self.queue.wake();
        }
    }

    /// Nothing has come, and nothing has to be told of a flush.
    fn has_nothing_to_do(&self) -> bool {
        !self.queue.has_thread() && self.processors.is_empty() && self.queue.len() == 0
    }

    fn need_thread(&self, what: &str) -> Result<(), Error> {
        if self.queue.start() {
            return Ok(());
        }
        let text = format!("cannot {what}: the system gives no thread for the export");
        Err(Error::new(Kind::Exporter, text))
    }

    /// In both cases the caller would wait for ever, or for what another process does.
    fn check(&self, what: &str) -> Result<(), Error> {
        let problem = if is_delivering() {
            "a span processor cannot {} the telemetry that calls it: it would wait for itself"
        } else if self.queue.is_forked() {
            "cannot {} the telemetry of the process that this one was forked from: build it after the fork"
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::Exporter, problem.replace("{}", what)))
    }
}

fn start_thread(pipeline: &Arc<Pipeline>) -> bool {
    let Ok(worker) = Worker::new(Arc::clone(pipeline)) else {
        return false;
    };
    let builder = thread::Builder::new().name("tasker-span-export".to_owned());
    builder.spawn(move || worker.run()).is_ok()
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("processors", &self.processors)
            .finish_non_exhaustive()
    }
}
