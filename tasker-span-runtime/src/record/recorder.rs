//! `Recorder`: takes finished spans to their exporter. What they become is in `span_data`.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
#[cfg(feature = "testing")]
use std::sync::{Mutex, Weak};
#[cfg(feature = "testing")]
use std::time::Duration;
use std::time::Instant;

use opentelemetry::Context;
#[cfg(feature = "testing")]
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SdkTracer;
use uuid::Uuid;

#[cfg(feature = "testing")]
use super::delivery::{Delivery, Sink};
#[cfg(feature = "testing")]
use super::limits::Limits;
use super::queue::{Finished, Queue};
#[cfg(feature = "testing")]
use super::span_data::Shared;
use super::span_record::SpanRecord;
use super::waiting::{Expectation, Waiting};
use super::{pool, through};
use crate::catalogue::place::States;
#[cfg(feature = "testing")]
use crate::clock;
use crate::identity::SpanId;
#[cfg(feature = "testing")]
use crate::identity::TraceId;
#[cfg(feature = "testing")]
use crate::lock::lock;
use crate::outcome::caught;
use crate::redact::is_redacting;
use crate::stats;

/// Takes records. Its clones are one recorder.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    kind: Kind,
    waiting: Arc<Waiting>,
}

/// The queues of the process.
#[cfg(feature = "testing")]
static ALL: Mutex<Vec<Weak<Queue>>> = Mutex::new(Vec::new());

enum Kind {
    /// For `Telemetry`: the program's threads only put records into a queue.
    Queued(Arc<Queue>),
    /// For a test's capture: each span is there when its function has returned.
    #[cfg(feature = "testing")]
    Direct(Delivery),
    /// For a program with its own provider, whose flush must include our spans.
    Through(SdkTracer),
}

impl Recorder {
    /// A recorder for the queue of an export thread.
    pub(crate) fn queued(queue: Arc<Queue>) -> Self {
        #[cfg(feature = "testing")]
        if let Some(mut all) = lock(&ALL) {
            all.push(Arc::downgrade(&queue));
        }
        let waiting = Arc::clone(queue.waiting());
        Self::new(Kind::Queued(queue), waiting)
    }

    /// Delivers what is queued anywhere in the process to its processors, so that a test finds it.
    #[cfg(feature = "testing")]
    pub(crate) fn deliver_all() {
        if super::is_delivering() {
            return;
        }
        let queues: Vec<_> = {
            let Some(mut all) = lock(&ALL) else { return };
            all.retain(|queue| queue.strong_count() > 0);
            all.iter().filter_map(Weak::upgrade).collect()
        };
        for queue in queues.iter().filter(|queue| queue.has_thread() && !queue.is_forked()) {
            queue.deliver(Duration::from_secs(5));
        }
    }

    /// A recorder without a queue.
    #[cfg(feature = "testing")]
    pub(crate) fn direct(sink: Arc<dyn Sink>, limits: Limits, scope: InstrumentationScope) -> Self {
        let delivery = Delivery {
            sink,
            shared: Shared {
                limits,
                scope,
                redactor: None,
            },
        };
        Self::new(Kind::Direct(delivery), Arc::default())
    }

    /// A recorder that exports through the program's own tracer.
    pub(crate) fn through(tracer: SdkTracer) -> Self {
        Self::new(Kind::Through(tracer), Arc::default())
    }

    fn new(kind: Kind, waiting: Arc<Waiting>) -> Self {
        Self(Arc::new(Inner { kind, waiting }))
    }

    /// Whether it belongs to a `Telemetry` that has ended.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(&self.0.kind, Kind::Queued(queue) if queue.is_closed())
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Tells a capture of a span that has started.
    #[cfg(feature = "testing")]
    #[inline]
    pub(crate) fn note_start(&self, name: &'static str, trace_id: TraceId, span_id: SpanId) {
        if let Kind::Direct(delivery) = &self.0.kind
            && !is_redacting()
        {
            delivery.sink.on_start(name, trace_id, span_id);
        }
    }

    /// Takes a finished span.
    #[inline]
    pub(crate) fn record(&self, record: Box<SpanRecord>) {
        stats::SPANS_ENDED.add_one();
        self.0.take(record);
        if !self.0.waiting.is_empty() {
            self.0.take_each(self.0.waiting.take_due(Instant::now()));
        }
    }

    /// Takes a finished span whose transition was not seen yet. It is exported with the transition, or after a while.
    pub(crate) fn await_transition(&self, span: Expectation) {
        stats::SPANS_ENDED.add_one();
        let queue = if let Kind::Queued(queue) = &self.0.kind {
            Some(queue)
        } else {
            None
        };
        if queue.is_some_and(|queue| !queue.takes_spans()) {
            return self.0.take(span.give_up());
        }
        self.0.take_each(self.0.waiting.add(span));
        if let Some(queue) = queue {
            queue.note_waiting();
        }
    }

    /// Work has begun that may run for long.
    pub(crate) fn note_running_work(&self) {
        if let Kind::Queued(queue) = &self.0.kind {
            queue.note_running_work();
        }
    }

    /// A transition has succeeded that spans may wait for.
    /// `encloses` tells whether the span of an id encloses it.
    #[inline]
    pub(crate) fn note_transition(
        &self,
        task_uuid: Uuid,
        states: &States<'_>,
        span_id: SpanId,
        encloses: impl Fn(SpanId) -> bool,
    ) {
        if !self.0.waiting.is_empty() {
            let mut found: Vec<_> = self.0.waiting.take_for(task_uuid, states).collect();
            for span in &mut found {
                span.is_child &= !encloses(span.record.span_id);
            }
            self.0.take_each(found.into_iter().map(|span| span.fulfil(span_id)));
        }
    }

    /// Has no span wait any longer.
    pub(crate) fn stop_waiting(&self) {
        self.0.take_each(self.0.waiting.take_all());
    }

    /// Completes and ends a span that a layer of the program's own has started.
    #[cold]
    pub(crate) fn finish(mut record: Box<SpanRecord>, started: &Context) {
        stats::SPANS_ENDED.add_one();
        caught(|| emitting(|| through::finish(&mut record, started)));
        pool::give(record);
    }
}

impl Inner {
    #[inline]
    fn take(&self, mut record: Box<SpanRecord>) {
        match &self.kind {
            Kind::Queued(queue) => queue.push(Finished::Record(record)),
            // As the queue refuses the spans of its own thread.
            _ if is_redacting() => {
                stats::SPANS_REFUSED.add_one();
                pool::give(record);
            }
            #[cfg(feature = "testing")]
            Kind::Direct(delivery) => delivery.deliver(record, &clock::wall()),
            Kind::Through(tracer) => {
                let is_taken = caught(|| emitting(|| through::emit(tracer, &mut record)));
                if is_taken == Some(false) {
                    stats::SPANS_NOT_EXPORTED.add_one();
                }
                pool::give(record);
            }
        }
    }

    #[cold]
    fn take_each(&self, records: impl IntoIterator<Item = Box<SpanRecord>>) {
        for record in records {
            self.take(record);
        }
    }
}

/// The queue of an export thread keeps its own, for the thread.
impl Drop for Inner {
    fn drop(&mut self) {
        if !matches!(self.kind, Kind::Queued(_)) {
            self.take_each(self.waiting.take_all());
        }
    }
}

thread_local! {
    /// Whether this thread ends a span of ours in the SDK.
    static EMITS: Cell<bool> = const { Cell::new(false) };
}

/// Runs code that ends a span of ours in the SDK.
fn emitting<R>(emit: impl FnOnce() -> R) -> R {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            let _ = EMITS.try_with(|emits| emits.set(self.0));
        }
    }
    let _reset = Reset(EMITS.try_with(|emits| emits.replace(true)).unwrap_or(true));
    emit()
}

/// Whether the span that ends in the SDK is one of ours, which is counted.
pub(crate) fn is_emitting() -> bool {
    EMITS.try_with(Cell::get).unwrap_or(false)
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.0.kind).finish()
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued(_) => "Queued",
            #[cfg(feature = "testing")]
            Self::Direct(_) => "Direct",
            Self::Through(_) => "Through",
        })
    }
}
