//! `Queue`: finished spans that wait for the export thread. The program's threads only put them into it. What the thread does
//! with them is in `export`.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;

use super::pool;
use super::request::Requests;
use super::running::{Looks, Running, RunningWork};
use super::segments::{Filled, Segments};
use super::span_record::SpanRecord;
use super::waiting::Waiting;
use crate::lock::lock;
use crate::{fork, stats};

/// A finished span.
pub(crate) enum Finished {
    /// Of this crate.
    Record(Box<SpanRecord>),
    /// Of other code, or promoted and ended by other code.
    Span(Box<SpanData>),
}

// Whether the thread waits.
const AWAKE: u8 = 0;
/// It comes by itself, unless the queue fills before.
const FOR_AN_INTERVAL: u8 = 1;
/// It has had nothing to do for a while, and waits for the next span.
const FOR_A_SPAN: u8 = 2;

/// A thread that could not be started is tried again after so many spans.
const RETRIED: u32 = 64;
/// How long spans wait at most for the thread, if it is not busy.
const INTERVAL: Duration = Duration::from_millis(100);
/// After how many intervals without a span the thread waits for one.
const IDLE: u32 = 10;

/// Starts the thread. Returns false if the system gives none.
type Start = Box<dyn Fn() -> bool + Send + Sync>;

pub(crate) struct Queue {
    spans: Segments<Finished>,
    /// Whether anything takes the spans: an exporter, or a processor of the program.
    has_taker: AtomicBool,
    start: Start,
    built_in: u32,
    /// The process of the thread, once it was started. A forked process has no such thread.
    started_in: AtomicU32,
    /// How many spans found no thread.
    attempts: AtomicU32,
    starting: Mutex<()>,
    /// Whether the thread waits: see `AWAKE` and the others.
    parked: AtomicU8,
    wake: Notify,
    requests: Requests,
    /// Spans whose transition was not seen yet.
    waiting: Arc<Waiting>,
    /// The open work that gets markers.
    running: RunningWork,
    is_closed: AtomicBool,
    /// The thread takes no span any more.
    is_finished: AtomicBool,
}

impl Queue {
    /// The memory is allocated for the first span, and the thread started by it.
    pub(crate) fn new(capacity: usize, start: Start) -> Self {
        Self {
            spans: Segments::new(capacity),
            has_taker: AtomicBool::new(false),
            start,
            built_in: fork::process(),
            started_in: AtomicU32::new(0),
            attempts: AtomicU32::new(0),
            starting: Mutex::default(),
            parked: AtomicU8::new(AWAKE),
            wake: Notify::new(),
            requests: Requests::default(),
            waiting: Arc::default(),
            running: RunningWork::default(),
            is_closed: AtomicBool::new(false),
            is_finished: AtomicBool::new(false),
        }
    }

    /// From now on, spans are taken.
    pub(crate) fn set_taker(&self) {
        self.has_taker.store(true, Ordering::Release);
        if !self.running.is_empty() {
            self.note_running_work();
        }
    }

    /// Sets the open work that gets markers. It is set once.
    pub(crate) fn set_running(&self, work: Arc<dyn Running>) {
        self.running.set(work);
    }

    /// Work has begun: the thread looks at it after a while.
    pub(crate) fn note_running_work(&self) {
        if self.has_taker.load(Ordering::Relaxed) && !self.is_closed() && self.running.begin() {
            if self.started_in.load(Ordering::Acquire) == 0 {
                self.start_for_span();
            }
            self.wake();
        }
    }

    /// Queues the markers that are due. Returns when the thread looks again. Called by the thread.
    pub(crate) fn queue_running(&self, looks: &mut Looks) -> Option<Duration> {
        if self.is_closed() {
            return None;
        }
        // The program's own spans have the other half of the room.
        let room = || self.spans.capacity().saturating_sub(self.spans.len()).div_ceil(2);
        let (markers, wait) = self.running.look(looks, room)?;
        stats::RUNNING_MARKERS.add(markers.len() as u64);
        stats::SPANS_ENDED.add(markers.len() as u64);
        for marker in markers {
            if let Err(span) = self.spans.push(Finished::Record(pool::fill(marker))) {
                discard(span, &stats::SPANS_REFUSED);
            }
        }
        Some(wait)
    }

    #[inline]
    pub(crate) fn push(&self, span: Finished) {
        if self.is_closed.load(Ordering::Relaxed) {
            return discard(span, &stats::SPANS_AFTER_SHUTDOWN);
        }
        if !self.has_taker.load(Ordering::Relaxed) {
            return discard(span, &stats::SPANS_NOT_EXPORTED);
        }
        // A processor whose own spans came back to it would have no end.
        if is_delivering() {
            return discard(span, &stats::SPANS_REFUSED);
        }
        let has_thread = self.has_thread();
        if (!has_thread || self.spans.filled() == Filled::Half) && self.is_forked() {
            return discard(span, &stats::SPANS_NOT_EXPORTED);
        }
        if let Err(span) = self.spans.push(span) {
            discard(span, &stats::SPANS_REFUSED);
        }
        if self.is_finished.load(Ordering::SeqCst) {
            return self.sweep(&stats::SPANS_AFTER_SHUTDOWN);
        }
        if !has_thread {
            self.start_for_span();
        }
        let is_due = match self.parked.load(Ordering::SeqCst) {
            AWAKE => false,
            FOR_AN_INTERVAL => self.spans.filled() >= Filled::Quarter,
            _ => true,
        };
        // The thread is woken once until it has run. A child must not: another thread may hold a lock of `wake` for ever.
        if is_due && self.parked.swap(AWAKE, Ordering::SeqCst) != AWAKE && !self.is_forked() {
            self.wake();
        }
    }

    /// Whether a span that ends now is taken, if there is room. It is a system call.
    pub(crate) fn takes_spans(&self) -> bool {
        let is_open = self.has_taker.load(Ordering::Relaxed) && !self.is_closed.load(Ordering::Relaxed);
        is_open && !is_delivering() && !self.is_forked()
    }

    /// A span waits for its transition: the thread exports it after a while, and at a flush or shutdown.
    pub(crate) fn note_waiting(&self) {
        if self.is_finished.load(Ordering::SeqCst) {
            return self.sweep(&stats::SPANS_AFTER_SHUTDOWN);
        }
        if !self.has_thread() {
            self.start_for_span();
        }
        self.wake();
    }

    pub(crate) fn waiting(&self) -> &Arc<Waiting> {
        &self.waiting
    }

    /// Queues spans that have waited for their transition: those that have waited long enough, or all. Called by the thread.
    pub(crate) fn queue_waiting(&self, all: bool) {
        if self.waiting.is_empty() {
            return;
        }
        let queue = |span| {
            if let Err(span) = self.spans.push(Finished::Record(span)) {
                discard(span, &stats::SPANS_REFUSED);
            }
        };
        if all {
            self.waiting.take_all().for_each(queue);
        } else {
            self.waiting.take_due(Instant::now()).for_each(queue);
        }
    }

    /// Takes what is queued now, until `take` returns false.
    pub(crate) fn drain(&self, take: impl FnMut(Finished) -> bool) {
        self.spans.drain(take);
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(crate) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Makes the thread look for spans and requests.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until what is queued now is delivered to the processors.
    #[cfg(feature = "testing")]
    pub(crate) fn deliver(&self, deadline: Duration) {
        let ticket = self.requests.deliver();
        self.wake();
        if self.is_finished() {
            self.answer_rest();
        }
        ticket.wait(deadline);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Spans that end from now on are counted, and not taken.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// The thread ends, and takes nothing any more. If it never began, what waits was refused by the system.
    pub(crate) fn finish(&self) {
        self.is_finished.store(true, Ordering::SeqCst);
        self.sweep(if self.has_thread() {
            &stats::SPANS_AFTER_SHUTDOWN
        } else {
            &stats::SPANS_REFUSED
        });
        self.answer_rest();
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::SeqCst)
    }

    /// Answers requests that came when the thread had already looked for the last time: nothing is left to be done.
    pub(crate) fn answer_rest(&self) {
        #[cfg(feature = "testing")]
        if let Some(ticket) = self.requests.take_deliver() {
            ticket.answer(Ok(()));
        }
        if let Some(ticket) = self.requests.take_flush() {
            ticket.answer(Ok(()));
        }
    }

    /// Counts spans that came when the thread had already looked for the last time.
    fn sweep(&self, count: &stats::Counter) {
        self.queue_waiting(true);
        while let Some(span) = self.spans.pop() {
            discard(span, count);
        }
    }

    /// Whether the thread, or a span that was begun, is one of the process that this one was forked from. If it is so, nothing
    /// is exported: the parent exports what was queued or open at the fork. For ever, as far as it is noticed by spans.
    pub(crate) fn is_forked(&self) -> bool {
        let (process, started_in) = (fork::process(), self.started_in.load(Ordering::Acquire));
        let is_used = self.built_in != process && fork::has_spans_of_parent();
        let is_forked = is_used || started_in != 0 && started_in != process;
        if is_forked {
            self.has_taker.store(false, Ordering::Relaxed);
        }
        is_forked
    }

    pub(crate) fn has_thread(&self) -> bool {
        self.started_in.load(Ordering::Acquire) != 0
    }

    /// Starts the thread, unless it was. Returns false if the system gives none.
    pub(crate) fn start(&self) -> bool {
        let Some(_starting) = lock(&self.starting) else {
            return false;
        };
        if self.has_thread() {
            return true;
        }
        let is_started = (self.start)();
        if is_started {
            self.started_in.store(fork::process(), Ordering::Release);
        }
        is_started
    }

    /// The thread could not begin, as the system gave it no runtime. A later span tries again.
    pub(crate) fn note_failed_start(&self) {
        let _starting = lock(&self.starting);
        self.started_in.store(0, Ordering::Release);
    }

    /// Where no thread can be started now, not every span tries it.
    #[cold]
    fn start_for_span(&self) {
        if self.attempts.fetch_add(1, Ordering::Relaxed).is_multiple_of(RETRIED) {
            self.start();
        }
    }
}

fn discard(span: Finished, count: &stats::Counter) {
    count.add_one();
    if let Finished::Record(record) = span {
        pool::give(record);
    }
}

/// How the thread waits.
#[derive(Default)]
pub(crate) struct Rounds {
    /// How many in a row have had no span.
    idle: u32,
}

impl Rounds {
    /// The time that the thread waits at most. `None` is until there is a span or a request.
    pub(crate) fn timeout(&mut self, had_spans: bool) -> Option<Duration> {
        self.idle = if had_spans { 0 } else { self.idle.saturating_add(1) };
        (self.idle < IDLE).then_some(INTERVAL)
    }

    /// Waits for a span or a request, while the caller limits the time. If spans cannot be taken now, only for a request.
    pub(crate) async fn wait(&self, queue: &Queue, takes_spans: bool) {
        if !takes_spans {
            queue.parked.store(AWAKE, Ordering::SeqCst);
            return queue.wake.notified().await;
        }
        let is_idle = self.idle >= IDLE;
        let parked = if is_idle { FOR_A_SPAN } else { FOR_AN_INTERVAL };
        queue.parked.store(parked, Ordering::SeqCst);
        // A caller either sees this, or is seen here.
        let is_due = if is_idle {
            queue.len() > 0
        } else {
            queue.spans.filled() >= Filled::Quarter
        };
        if !is_due {
            queue.wake.notified().await;
        }
    }
}

thread_local! {
    /// Whether this thread delivers spans.
    static DELIVERS: Cell<bool> = const { Cell::new(false) };
}

/// Whether the running code is a processor or an exporter to which this thread delivers.
pub(crate) fn is_delivering() -> bool {
    DELIVERS.try_with(Cell::get).unwrap_or(false)
}

/// Marks this thread as one that delivers spans, until it ends.
pub(crate) fn deliver_on_this_thread() {
    let _ = DELIVERS.try_with(|delivers| delivers.set(true));
}
