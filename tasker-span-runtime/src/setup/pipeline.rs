//! `Pipeline`: passes ended spans to the program's processors and to the queue, which may be set
//! later. The queue itself is in `queue`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::error::{Error, Kind};
use crate::record::{Limits, PanicSafeProcessor, Recorder, Sink, WeakRecorder, is_emitting, reconcile};
use crate::setup::queue::Queue;
use crate::stats::{SPANS_ENDED, SPANS_NOT_EXPORTED};

/// The pipeline of a provider. The provider learns neither that the export starts nor that it is
/// shut down: layers, tracers and open spans stay valid, and later spans are still counted.
#[derive(Debug)]
pub(super) struct Pipeline {
    /// Those of the program.
    processors: Vec<PanicSafeProcessor<SharedProcessor>>,
    queue: OnceLock<Queue>,
    /// Delivers our spans to this pipeline, which it owns.
    recorder: OnceLock<WeakRecorder>,
    flushing: Mutex<()>,
    starting: Mutex<()>,
    is_shut_down: AtomicBool,
}

impl Pipeline {
    pub(super) fn new(processors: Vec<SharedProcessor>, resource: &Resource) -> Self {
        let processors = processors.into_iter().map(|processor| {
            let mut processor = PanicSafeProcessor(processor);
            processor.set_resource(resource);
            processor
        });
        Self {
            processors: processors.collect(),
            queue: OnceLock::new(),
            recorder: OnceLock::new(),
            flushing: Mutex::default(),
            starting: Mutex::default(),
            is_shut_down: AtomicBool::new(false),
        }
    }

    /// Sets the queue that `build` returns. It is an error if a queue is set already.
    pub(super) fn start(&self, build: impl FnOnce() -> Result<Option<Queue>, Error>) -> Result<(), Error> {
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.queue.get().is_some() {
            let message = "this telemetry already exports its spans";
            return Err(Error::new(Kind::AlreadyInstalled, message));
        }
        if let Some(queue) = build()? {
            // The lock is held, so no other queue has been set.
            let _ = self.queue.set(queue);
        }
        Ok(())
    }

    /// Sets the recorder whose spans come here: a flush delivers them first.
    pub(super) fn set_recorder(&self, recorder: &Recorder) {
        let _ = self.recorder.set(recorder.downgrade());
    }

    fn recorder(&self) -> Option<Recorder> {
        self.recorder.get().and_then(WeakRecorder::upgrade)
    }

    /// Shuts down the processors and the queue. Spans that end later are counted as lost.
    pub(super) fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        if let Some(recorder) = self.recorder() {
            recorder.close();
        }
        if self.is_shut_down.swap(true, Ordering::AcqRel) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.each(|processor| processor.shutdown_with_timeout(timeout))
    }

    fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Acquire)
    }

    /// Exports the queued spans, and waits until the deadline. There is one flush at a time: while
    /// a collector hangs, the SDK accepts only a few requests, and the shutdown is one of them.
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
        if let Some(recorder) = self.recorder() {
            recorder.drain();
        }
        let failed = || self.queue.get().map_or(0, Queue::failed);
        let failed_before = failed();
        loop {
            // The SDK waits for five seconds, and its next flush does not report failures.
            match self.each(|processor| processor.force_flush()) {
                Err(OTelSdkError::Timeout(_)) if begun.elapsed() < deadline => {}
                Ok(()) if failed() > failed_before => {
                    let message = format!("{} spans were lost", failed() - failed_before);
                    return Err(OTelSdkError::InternalFailure(message));
                }
                result => return result,
            }
        }
    }

    /// Calls `act` with every processor, the queue last. The error names all failures. A timeout is
    /// returned only if nothing else failed.
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

impl Pipeline {
    /// Passes a span on that is counted as ended. If it gets into no other count, it is lost.
    fn deliver(&self, span: SpanData) {
        if self.is_shut_down() {
            return;
        }
        for processor in &self.processors {
            processor.on_end(span.clone());
        }
        // The SDK's queue would export recorded spans, too.
        if span.span_context.is_sampled() {
            match self.queue.get() {
                Some(queue) => queue.on_end(span),
                None => SPANS_NOT_EXPORTED.add_one(),
            }
        }
    }
}

impl Sink for Pipeline {
    fn on_end(&self, span: SpanData) {
        self.deliver(span);
    }
}

/// The provider's handle of the pipeline.
#[derive(Debug)]
pub(super) struct Processor(pub(super) Arc<Pipeline>, pub(super) Limits);

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        if !self.0.is_shut_down() {
            for processor in &self.0.processors {
                processor.on_start(span, context);
            }
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && !is_emitting() {
            SPANS_ENDED.add_one();
        }
        self.0.deliver(self.1.apply(reconcile(span)));
    }

    fn force_flush(&self) -> OTelSdkResult {
        if let Some(recorder) = self.0.recorder() {
            recorder.drain();
        }
        self.0.each(|processor| processor.force_flush())
    }

    /// Is called by a program that shuts down the provider.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown(timeout)
    }
}

/// A processor of the program, shared by the clones of a builder.
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
        // If a clone of the builder shares it, its first provider has set the resource.
        if let Some(processor) = Arc::get_mut(&mut self.0) {
            processor.set_resource(resource);
        }
    }
}
