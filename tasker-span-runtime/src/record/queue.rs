//! The bounded queue of records, and the thread that delivers them. Which recorders have one is in `recorder`.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;

use super::delivery::Delivery;
use super::pool;
use super::span_record::SpanRecord;
use crate::clock;
use crate::stats;

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

/// Records that wait for their thread. The program's threads only put them into a queue.
pub(super) struct RecordQueue {
    capacity: usize,
    delivery: Delivery,
    /// Made for the first record.
    records: OnceLock<ArrayQueue<Box<SpanRecord>>>,
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

impl RecordQueue {
    /// The queue and the thread are made for the first record.
    pub(super) fn new(capacity: usize, delivery: Delivery) -> Self {
        Self {
            capacity,
            delivery,
            records: OnceLock::new(),
            thread: OnceLock::new(),
            attempts: AtomicU32::new(0),
            parked: AtomicU8::new(AWAKE),
            starting: Mutex::default(),
            delivering: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(super) fn push(self: &Arc<Self>, record: Box<SpanRecord>) {
        if self.is_closed.load(Ordering::Relaxed) {
            pool::give(record);
            return;
        }
        // A processor whose own spans came back to it would have no end.
        if is_delivering() {
            stats::SPANS_REFUSED.add_one();
            pool::give(record);
            return;
        }
        let records = self.records.get_or_init(|| ArrayQueue::new(self.capacity));
        if let Err(record) = records.push(record) {
            stats::SPANS_REFUSED.add_one();
            pool::give(record);
        }
        let Some(thread) = self.thread.get() else {
            return self.start_thread();
        };
        let is_due = match self.parked.load(Ordering::SeqCst) {
            AWAKE => false,
            FOR_AN_INTERVAL => records.len() >= self.capacity / 4,
            _ => true,
        };
        // The system call is made once until the thread has run.
        if is_due && self.parked.swap(AWAKE, Ordering::SeqCst) != AWAKE {
            thread.unpark();
        }
    }

    /// Delivers all records that are queued now.
    pub(super) fn drain(&self) {
        let Some(records) = self.records.get() else { return };
        // A processor that flushes would wait for itself.
        if is_delivering() {
            return;
        }
        let _delivers = Delivers::begin();
        let delivering = self.delivering.lock().unwrap_or_else(PoisonError::into_inner);
        let wall = clock::wall();
        // Not more than there are now: others may go on without end.
        for _ in 0..self.capacity {
            let Some(record) = records.pop() else { break };
            self.delivery.deliver(record, &wall);
        }
        drop(delivering);
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
    /// Delivers all records. Later ones are only counted as ended.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.drain();
        self.wake();
    }

    /// Whether nothing was made for a record yet.
    #[cfg(test)]
    pub(super) fn is_unused(&self) -> bool {
        self.records.get().is_none() && self.thread.get().is_none()
    }

    #[cold]
    fn start_thread(self: &Arc<Self>) {
        // One caller starts it. Until it runs, records are self.
        let Ok(_starting) = self.starting.try_lock() else {
            return;
        };
        // Where no thread can be started now, not every span tries it.
        if self.thread.get().is_some() || !self.attempts.fetch_add(1, Ordering::Relaxed).is_multiple_of(RETRIED) {
            return;
        }
        let queue = Arc::downgrade(self);
        let builder = thread::Builder::new().name("tasker-span-record".to_owned());
        if let Ok(handle) = builder.spawn(move || run(&queue)) {
            let _ = self.thread.set(handle.thread().clone());
        }
    }
}

/// Ends the thread.
impl Drop for RecordQueue {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Delivers records until the queue is dropped or closed.
fn run(queue: &Weak<RecordQueue>) {
    let mut idle = 0;
    loop {
        let Some(queue) = queue.upgrade() else { return };
        if queue.is_closed.load(Ordering::SeqCst) {
            return;
        }
        let is_empty = || queue.records.get().is_none_or(ArrayQueue::is_empty);
        idle = if is_empty() { idle + 1 } else { 0 };
        queue.drain();
        let is_idle = idle >= IDLE;
        queue
            .parked
            .store(if is_idle { FOR_A_RECORD } else { FOR_AN_INTERVAL }, Ordering::SeqCst);
        // A caller either sees this, or is seen here.
        let waits = is_empty();
        drop(queue);
        match (waits, is_idle) {
            (false, _) => {}
            (true, true) => thread::park(),
            (true, false) => thread::park_timeout(INTERVAL),
        }
    }
}

thread_local! {
    /// Whether this thread delivers records.
    static DELIVERS: Cell<bool> = const { Cell::new(false) };
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
