//! `Recorder`: takes finished spans to their exporter. What they become is in `span_data`.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::trace::{SdkTracer, SpanData, SpanLimits};

use super::span_data::Shared;
use super::span_record::SpanRecord;
use super::{pool, through};
use crate::clock;
#[cfg(feature = "testing")]
use crate::identity::{SpanId, TraceId};
use crate::outcome::caught;
use crate::stats;

/// Where the spans of a recorder go.
pub(crate) trait Sink: Send + Sync + 'static {
    /// A span has started. Only a capture is told, which tells open spans from absent ones.
    #[cfg(feature = "testing")]
    fn on_start(&self, _name: &'static str, _trace_id: TraceId, _span_id: SpanId) {}

    fn on_end(&self, span: SpanData);
}

/// Takes records. Its clones are one recorder.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Kind>);

/// A recorder that may be gone.
#[derive(Clone, Debug)]
pub(crate) struct WeakRecorder(Weak<Kind>);

impl WeakRecorder {
    pub(crate) fn upgrade(&self) -> Option<Recorder> {
        self.0.upgrade().map(Recorder)
    }
}

/// The recorders with a queue.
#[cfg(feature = "testing")]
static ALL: Mutex<Vec<WeakRecorder>> = Mutex::new(Vec::new());

#[expect(clippy::large_enum_variant, reason = "it is behind an `Arc`, and there are few")]
enum Kind {
    /// For `Telemetry`: the program's threads only put records into a queue.
    Queued(Queued),
    /// For a test's capture: each span is there when its function has returned.
    #[cfg(feature = "testing")]
    Direct(Delivery),
    /// For a program with its own provider, whose flush must include our spans.
    Through(SdkTracer),
}

struct Delivery {
    sink: Arc<dyn Sink>,
    shared: Shared,
}

impl Delivery {
    fn deliver(&self, mut record: Box<SpanRecord>, wall: &clock::Wall) {
        // A processor of the program may panic.
        caught(|| self.sink.on_end(self.shared.span_data(&mut record, wall)));
        pool::give(record);
    }
}

struct Queued {
    capacity: usize,
    delivery: Delivery,
    /// Made for the first record.
    queue: OnceLock<ArrayQueue<Box<SpanRecord>>>,
    /// Delivers what is queued.
    thread: OnceLock<Thread>,
    /// How many records found no thread.
    attempts: AtomicU32,
    /// Whether the thread waits: see `AWAKE` and the others.
    parked: AtomicU8,
    starting: Mutex<()>,
    /// One thread delivers at a time, in order.
    delivering: Mutex<()>,
    is_closed: AtomicBool,
}

impl Recorder {
    /// A recorder with a bounded queue and a thread, both made for the first record.
    pub(crate) fn queued(
        sink: Arc<dyn Sink>,
        capacity: usize,
        limits: SpanLimits,
        scope: InstrumentationScope,
    ) -> Self {
        let recorder = Self(Arc::new(Kind::Queued(Queued {
            capacity,
            delivery: Delivery {
                sink,
                shared: Shared { limits, scope },
            },
            queue: OnceLock::new(),
            thread: OnceLock::new(),
            attempts: AtomicU32::new(0),
            parked: AtomicU8::new(AWAKE),
            starting: Mutex::default(),
            delivering: Mutex::default(),
            is_closed: AtomicBool::new(false),
        })));
        #[cfg(feature = "testing")]
        ALL.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(recorder.downgrade());
        recorder
    }

    /// Delivers what is queued anywhere in the process, so that a test finds it.
    #[cfg(feature = "testing")]
    pub(crate) fn drain_all() {
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|recorder| recorder.upgrade().is_some());
        let recorders: Vec<_> = all.iter().filter_map(WeakRecorder::upgrade).collect();
        drop(all);
        recorders.iter().for_each(Self::drain);
    }

    /// A recorder without a queue.
    #[cfg(feature = "testing")]
    pub(crate) fn direct(sink: Arc<dyn Sink>, limits: SpanLimits, scope: InstrumentationScope) -> Self {
        Self(Arc::new(Kind::Direct(Delivery {
            sink,
            shared: Shared { limits, scope },
        })))
    }

    /// A recorder that exports through the program's own tracer.
    pub(crate) fn through(tracer: SdkTracer) -> Self {
        Self(Arc::new(Kind::Through(tracer)))
    }

    pub(crate) fn downgrade(&self) -> WeakRecorder {
        WeakRecorder(Arc::downgrade(&self.0))
    }

    /// Tells a capture of a span that has started.
    #[cfg(feature = "testing")]
    #[inline]
    pub(crate) fn note_start(&self, name: &'static str, trace_id: TraceId, span_id: SpanId) {
        if let Kind::Direct(delivery) = &*self.0 {
            delivery.sink.on_start(name, trace_id, span_id);
        }
    }

    /// Takes a finished span.
    #[inline]
    pub(crate) fn record(&self, mut record: Box<SpanRecord>) {
        stats::SPANS_ENDED.add_one();
        match &*self.0 {
            Kind::Queued(queued) => {
                if queued.push(record) {
                    self.start_thread(queued);
                }
            }
            #[cfg(feature = "testing")]
            Kind::Direct(delivery) => delivery.deliver(record, &clock::wall()),
            Kind::Through(tracer) => {
                caught(|| emitting(|| through::emit(tracer, &mut record)));
                pool::give(record);
            }
        }
    }

    /// Completes and ends a span that a layer of the program's own has started.
    #[cold]
    pub(crate) fn finish(mut record: Box<SpanRecord>, started: &Context) {
        stats::SPANS_ENDED.add_one();
        caught(|| emitting(|| through::finish(&mut record, started)));
        pool::give(record);
    }

    /// Delivers all records that are queued now.
    pub(crate) fn drain(&self) {
        if let Kind::Queued(queued) = &*self.0 {
            queued.drain();
        }
    }

    /// Delivers all records. Later ones are only counted as ended.
    pub(crate) fn close(&self) {
        if let Kind::Queued(queued) = &*self.0 {
            queued.is_closed.store(true, Ordering::SeqCst);
            queued.drain();
            queued.wake();
        }
    }

    /// Whether nothing was made for a record yet.
    #[cfg(test)]
    pub(super) fn is_unused(&self) -> bool {
        matches!(&*self.0, Kind::Queued(queued) if queued.queue.get().is_none() && queued.thread.get().is_none())
    }

    #[cold]
    fn start_thread(&self, queued: &Queued) {
        // One caller starts it. Until it runs, records are queued.
        let Ok(_starting) = queued.starting.try_lock() else {
            return;
        };
        // Where no thread can be started now, not every span tries it.
        if queued.thread.get().is_some() || !queued.attempts.fetch_add(1, Ordering::Relaxed).is_multiple_of(RETRIED) {
            return;
        }
        let kind = Arc::downgrade(&self.0);
        let builder = thread::Builder::new().name("tasker-span-record".to_owned());
        if let Ok(handle) = builder.spawn(move || run(&kind)) {
            let _ = queued.thread.set(handle.thread().clone());
        }
    }
}

impl Queued {
    /// Returns whether there is no thread yet.
    #[inline]
    fn push(&self, record: Box<SpanRecord>) -> bool {
        if self.is_closed.load(Ordering::Relaxed) {
            pool::give(record);
            return false;
        }
        // A processor whose own spans came back to it would have no end.
        if is_delivering() {
            stats::SPANS_REFUSED.add_one();
            pool::give(record);
            return false;
        }
        let queue = self.queue.get_or_init(|| ArrayQueue::new(self.capacity));
        if let Err(record) = queue.push(record) {
            stats::SPANS_REFUSED.add_one();
            pool::give(record);
        }
        let Some(thread) = self.thread.get() else { return true };
        let is_due = match self.parked.load(Ordering::SeqCst) {
            AWAKE => false,
            FOR_AN_INTERVAL => queue.len() >= self.capacity / 4,
            _ => true,
        };
        // The system call is made once until the thread has run.
        if is_due && self.parked.swap(AWAKE, Ordering::SeqCst) != AWAKE {
            thread.unpark();
        }
        false
    }

    fn drain(&self) {
        let Some(queue) = self.queue.get() else { return };
        // A processor that flushes would wait for itself.
        if is_delivering() {
            return;
        }
        let _delivers = Delivers::begin();
        let delivering = self.delivering.lock().unwrap_or_else(PoisonError::into_inner);
        let wall = clock::wall();
        // Not more than there are now: others may go on without end.
        for _ in 0..self.capacity {
            let Some(record) = queue.pop() else { break };
            self.delivery.deliver(record, &wall);
        }
        drop(delivering);
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

thread_local! {
    /// Whether this thread delivers records.
    static DELIVERS: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread ends a span of ours in the SDK.
    static EMITS: Cell<bool> = const { Cell::new(false) };
}

/// Runs code that ends a span of ours in the SDK.
fn emitting(emit: impl FnOnce()) {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            let _ = EMITS.try_with(|emits| emits.set(self.0));
        }
    }
    let _reset = Reset(EMITS.try_with(|emits| emits.replace(true)).unwrap_or(true));
    emit();
}

/// Whether the span that ends in the SDK is one of ours, which is counted.
pub(crate) fn is_emitting() -> bool {
    EMITS.try_with(Cell::get).unwrap_or(false)
}

/// Whether the running code is a processor to which this thread delivers.
pub(crate) fn is_delivering() -> bool {
    DELIVERS.try_with(Cell::get).unwrap_or(false)
}

/// While it lives, this thread delivers.
struct Delivers;

impl Delivers {
    fn begin() -> Self {
        let _ = DELIVERS.try_with(|delivers| delivers.set(true));
        Self
    }
}

impl Drop for Delivers {
    fn drop(&mut self) {
        let _ = DELIVERS.try_with(|delivers| delivers.set(false));
    }
}

// Whether the thread waits.
const AWAKE: u8 = 0;
/// It comes by itself, unless the queue fills before.
const FOR_AN_INTERVAL: u8 = 1;
/// It has had nothing to do for a while, and waits for the next record.
const FOR_A_RECORD: u8 = 2;

/// A thread that could not be started is tried again after so many records.
const RETRIED: u32 = 64;
/// How long records wait at most.
const INTERVAL: Duration = Duration::from_millis(100);
/// After how many intervals without a record the thread waits for one.
const IDLE: u32 = 10;

/// Ends the thread.
impl Drop for Queued {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Delivers records until the recorder is dropped or closed.
fn run(kind: &Weak<Kind>) {
    let mut idle = 0;
    loop {
        let Some(kind) = kind.upgrade() else { return };
        let Kind::Queued(queued) = &*kind else { return };
        if queued.is_closed.load(Ordering::SeqCst) {
            return;
        }
        let is_empty = || queued.queue.get().is_none_or(ArrayQueue::is_empty);
        idle = if is_empty() { idle + 1 } else { 0 };
        queued.drain();
        let is_idle = idle >= IDLE;
        queued
            .parked
            .store(if is_idle { FOR_A_RECORD } else { FOR_AN_INTERVAL }, Ordering::SeqCst);
        // A caller either sees this, or is seen here.
        let waits = is_empty();
        drop(kind);
        match (waits, is_idle) {
            (false, _) => {}
            (true, true) => thread::park(),
            (true, false) => thread::park_timeout(INTERVAL),
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.0).finish()
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
