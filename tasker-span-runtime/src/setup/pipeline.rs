//! From an ended span to the exporter: a span processor that can be given its exporter later, and the counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

use crate::error::{Error, Kind};
use crate::outcome::caught;
use crate::recording::{ContainedProcessor, settle};
use crate::setup::queue::{Queue, Waiting};
use crate::stats::{SPANS_ENDED, SPANS_EXPORT_FAILED, SPANS_EXPORTED, SPANS_NOT_EXPORTED};

/// The processor of the provider. The queue is absent until export starts; the provider never notices the change, so that
/// layers, tracers and open spans stay valid. Nor does it notice the shutdown: it would no longer tell of spans that end.
#[derive(Debug)]
pub(super) struct Pipeline {
    /// The program's own.
    processors: Vec<ContainedProcessor<SharedProcessor>>,
    queue: OnceLock<Queue>,
    flushing: Mutex<()>,
    starting: Mutex<()>,
    is_shut_down: AtomicBool,
}

impl Pipeline {
    pub(super) fn new(processors: Vec<SharedProcessor>, resource: &Resource) -> Self {
        let processors = processors.into_iter().map(|processor| {
            let mut processor = ContainedProcessor(processor);
            processor.set_resource(resource);
            processor
        });
        Self {
            processors: processors.collect(),
            queue: OnceLock::new(),
            flushing: Mutex::default(),
            starting: Mutex::default(),
            is_shut_down: AtomicBool::new(false),
        }
    }

    /// Gives the pipeline its queue, which `build` makes only if there is none yet.
    pub(super) fn start(&self, build: impl FnOnce() -> Result<Option<Queue>, Error>) -> Result<(), Error> {
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.queue.get().is_some() {
            return Err(Error::new(
                Kind::AlreadyInstalled,
                "this telemetry already exports its spans",
            ));
        }
        if let Some(queue) = build()? {
            // Cannot be set: the lock is held.
            let _ = self.queue.set(queue);
        }
        Ok(())
    }

    /// Shuts down the processors and the queue: spans that end from now on are lost, and counted as such.
    pub(super) fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        if self.is_shut_down.swap(true, Ordering::AcqRel) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.each(|processor| processor.shutdown_with_timeout(timeout))
    }

    fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Acquire)
    }

    /// Exports what waits, and waits for it no longer than `deadline`. One flush at a time: the SDK's queue takes only so many requests,
    /// of which the shutdown is one, while a collector hangs.
    pub(super) fn flush(&self, deadline: Duration) -> OTelSdkResult {
        const PAUSE: Duration = Duration::from_millis(5);
        let begun = Instant::now();
        let _flushing = loop {
            match self.flushing.try_lock() {
                Ok(flushing) => break flushing,
                Err(TryLockError::Poisoned(flushing)) => break flushing.into_inner(),
                Err(TryLockError::WouldBlock) if begun.elapsed() < deadline => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(OTelSdkError::Timeout(deadline)),
            }
        };
        let lost = || self.queue.get().map_or(0, Queue::lost);
        let lost_before = lost();
        loop {
            // The SDK gives up after five seconds of its own, and does not tell the next flush what became of this one's spans.
            match self.each(|processor| processor.force_flush()) {
                Err(OTelSdkError::Timeout(_)) if begun.elapsed() < deadline => {}
                Ok(()) if lost() > lost_before => {
                    let spans = lost() - lost_before;
                    return Err(OTelSdkError::InternalFailure(format!("{spans} spans were lost")));
                }
                result => return result,
            }
        }
    }

    /// The same for every processor, and for the queue at last; the error names what went wrong with any of them. That one was
    /// not in time counts only where nothing else went wrong.
    fn each(&self, act: impl Fn(&dyn SpanProcessor) -> OTelSdkResult) -> OTelSdkResult {
        let processors = self.processors.iter().map(|processor| processor as &dyn SpanProcessor);
        let queue = self.queue.get().map(|queue| queue as &dyn SpanProcessor);
        let failures = processors.chain(queue).filter_map(|processor| act(processor).err());
        let (late, failures) = failures.partition::<Vec<_>, _>(|error| matches!(error, OTelSdkError::Timeout(_)));
        if !failures.is_empty() {
            let failures = failures.iter().map(ToString::to_string).collect::<Vec<_>>();
            return Err(OTelSdkError::InternalFailure(failures.join("; ")));
        }
        late.into_iter().next().map_or(Ok(()), Err)
    }
}

/// What the provider owns of the pipeline.
#[derive(Debug)]
pub(super) struct Processor(pub(super) Arc<Pipeline>);

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        if !self.0.is_shut_down() {
            self.0
                .processors
                .iter()
                .for_each(|processor| processor.on_start(span, context));
        }
    }

    fn on_end(&self, span: SpanData) {
        let is_sampled = span.span_context.is_sampled();
        if is_sampled {
            SPANS_ENDED.add_one();
        }
        // What has ended, and is in no other count, is lost.
        if self.0.is_shut_down() {
            return;
        }
        let span = settle(span);
        self.0
            .processors
            .iter()
            .for_each(|processor| processor.on_end(span.clone()));
        // The SDK's queue would export spans that were only recorded.
        if is_sampled {
            match self.0.queue.get() {
                Some(queue) => queue.on_end(span),
                None => SPANS_NOT_EXPORTED.add_one(),
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.each(|processor| processor.force_flush())
    }

    /// By the program, through the provider.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown(timeout)
    }
}

/// A processor of the program's own, shared by the clones of a builder.
#[derive(Clone, Debug)]
pub(super) struct SharedProcessor(Arc<dyn SpanProcessor>);

impl SharedProcessor {
    pub(super) fn new(processor: impl SpanProcessor + 'static) -> Self {
        Self(Arc::new(processor))
    }
}

impl SpanProcessor for SharedProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Shared only by the clones of a builder; the first provider made of them has had it by then.
        if let Some(processor) = Arc::get_mut(&mut self.0) {
            processor.set_resource(resource);
        }
    }
}

/// Counts what an exporter delivers, and says once when it stops or resumes.
#[derive(Debug)]
pub(super) struct Counted<E> {
    exporter: E,
    destination: String,
    /// Of which the exporter takes its batches.
    waiting: Arc<Waiting>,
    failing: AtomicBool,
}

impl<E> Counted<E> {
    pub(super) fn new(exporter: E, destination: String, waiting: Arc<Waiting>) -> Self {
        Self {
            exporter,
            destination,
            waiting,
            failing: AtomicBool::new(false),
        }
    }

    fn count(&self, spans: usize, result: &OTelSdkResult) {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        let destination = &self.destination;
        match result {
            Ok(()) => {
                SPANS_EXPORTED.add(spans);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(target: "tasker_span", %destination, "exports succeed again");
                }
            }
            Err(error) => {
                SPANS_EXPORT_FAILED.add(spans);
                self.waiting.lose(spans);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(target: "tasker_span", %destination, %error, spans, "the export failed and these spans are lost; check the collector; further losses are only counted");
                }
            }
        }
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.leave(spans);
        let result = self.exporter.export(batch).await;
        // A layer that panics at what it logs does not end the thread that exports.
        caught(|| self.count(spans, &result));
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
