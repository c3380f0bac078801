//! `Stage`: what the pipeline and the export thread share. The exporter may be set later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::{fmt, mem};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanProcessor;

use super::outbox::AnyOutbox;
use super::shared_processor::SharedProcessor;
use crate::error::{Error, Kind};
use crate::outcome::caught;
use crate::record::{PanicSafeProcessor, Queue, Shared};

/// An exporter with its batches.
pub(crate) type Exporter = Box<dyn AnyOutbox>;

/// Those of the program.
type Processors = Vec<PanicSafeProcessor<SharedProcessor>>;

pub(super) struct Stage {
    pub(super) processors: Processors,
    pub(super) queue: Arc<Queue>,
    pub(super) shared: Shared,
    /// Until the thread takes it.
    exporter: Mutex<Option<Exporter>>,
    has_exporter: AtomicBool,
    /// What the thread does first.
    before_spans: Mutex<Vec<BeforeSpans>>,
}

type BeforeSpans = Box<dyn FnOnce() + Send>;

impl Stage {
    /// `start` starts the thread. It returns false if the system gives none.
    pub(super) fn new(
        processors: Processors,
        capacity: usize,
        shared: Shared,
        start: fn(Arc<Self>) -> bool,
    ) -> Arc<Self> {
        let stage = Arc::new_cyclic(|weak: &Weak<Self>| {
            let weak = weak.clone();
            let start = move || weak.upgrade().is_some_and(start);
            Self {
                processors,
                queue: Arc::new(Queue::new(capacity, Box::new(start))),
                shared,
                exporter: Mutex::default(),
                has_exporter: AtomicBool::new(false),
                before_spans: Mutex::default(),
            }
        });
        if !stage.processors.is_empty() {
            stage.queue.set_taker();
        }
        stage
    }

    pub(super) fn processors(processors: Vec<SharedProcessor>, resource: &Resource) -> Processors {
        let with_resource = processors.into_iter().map(|processor| {
            let mut processor = PanicSafeProcessor(processor);
            processor.set_resource(resource);
            processor
        });
        with_resource.collect()
    }

    pub(super) fn set_exporter(&self, build: impl FnOnce() -> Result<Option<Exporter>, Error>) -> Result<(), Error> {
        let mut exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner);
        if self.queue.is_closed() {
            return Err(Error::shut_down());
        }
        if self.has_exporter() {
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

    /// Adds to what the thread does when it starts: when the first span has ended.
    pub(super) fn add_before_spans(&self, work: impl FnOnce() + Send + 'static) {
        let mut before_spans = self.before_spans.lock().unwrap_or_else(PoisonError::into_inner);
        before_spans.push(Box::new(work));
    }

    pub(super) fn run_before_spans(&self) {
        let work = mem::take(&mut *self.before_spans.lock().unwrap_or_else(PoisonError::into_inner));
        for work in work {
            caught(work);
        }
    }

    /// Whether the exporter wants to be told of the shutdown, and the thread has not taken it.
    pub(super) fn has_own_exporter(&self) -> bool {
        let exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner);
        exporter.as_ref().is_some_and(|exporter| !exporter.takes_records())
    }

    /// Whether nothing but the exporter sees the spans.
    pub(super) fn takes_records(&self) -> bool {
        self.processors.is_empty() && self.shared.redactor.is_none()
    }

    pub(super) fn has_exporter(&self) -> bool {
        self.has_exporter.load(Ordering::Acquire)
    }

    /// The exporter, for the thread. Only the first call after it was set returns it.
    pub(super) fn take_exporter(&self) -> Option<Exporter> {
        if !self.has_exporter() {
            return None;
        }
        self.exporter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("processors", &self.processors)
            .finish_non_exhaustive()
    }
}
