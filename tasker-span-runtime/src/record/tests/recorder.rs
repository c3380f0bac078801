//! The queue and its thread.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::limits::Limits;
use super::super::recorder::Recorder;
use super::{Numbers, Sink, numbered};
use crate::stats::SPANS_REFUSED;
use crate::subscriber;

/// A sink that waits until the test lets it go on.
#[derive(Default)]
struct Gate {
    numbers: Numbers,
    lock: std::sync::Mutex<()>,
}

impl Sink for Gate {
    fn on_end(&self, span: opentelemetry_sdk::trace::SpanData) {
        let _open = self.lock.lock().unwrap();
        self.numbers.on_end(span);
    }
}

fn queued(sink: &Arc<Numbers>, capacity: usize) -> Recorder {
    let sink = Arc::<Numbers>::clone(sink);
    Recorder::queued(sink, capacity, Limits::DEFAULT, subscriber::scope())
}

fn until(is_so: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > Duration::from_secs(20) {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

#[test]
fn has_neither_queue_nor_thread_before_the_first_record() {
    let recorder = queued(&Arc::default(), 8);
    recorder.drain();
    assert!(recorder.is_unused());
    recorder.record(numbered(1));
    assert!(!recorder.is_unused());
}

#[test]
fn a_drain_delivers_all_in_order() {
    let sink = Arc::default();
    let recorder = queued(&sink, 64);
    (0..50).for_each(|number| recorder.record(numbered(number)));
    recorder.drain();
    assert_eq!(sink.seen(), (0..50).collect::<Vec<_>>());
}

#[test]
fn the_thread_delivers_by_itself_and_after_idle_rounds() {
    let sink = Arc::default();
    let recorder = queued(&sink, 64);
    recorder.record(numbered(1));
    assert!(until(|| sink.seen() == [1]));
    // It waits without a timeout by then.
    thread::sleep(Duration::from_millis(1500));
    recorder.record(numbered(2));
    assert!(until(|| sink.seen() == [1, 2]));
}

#[test]
fn a_full_queue_refuses_and_counts() {
    let gate = Arc::new(Gate::default());
    let closed = gate.lock.lock().unwrap();
    let sink = Arc::<Gate>::clone(&gate);
    let recorder = Recorder::queued(sink, 4, Limits::DEFAULT, subscriber::scope());
    let before = SPANS_REFUSED.get();
    // The thread has taken one of them, or none: it is the sink that waits, not the caller.
    (0..10).for_each(|number| recorder.record(numbered(number)));
    let refused = SPANS_REFUSED.get() - before;
    assert!(refused >= 5, "{refused}");
    drop(closed);
    recorder.drain();
    assert!(gate.numbers.seen().len() <= 5);
    recorder.record(numbered(10));
    recorder.drain();
    assert_eq!(gate.numbers.seen().last(), Some(&10));
}

#[test]
fn a_sink_that_panics_ends_neither_the_drain_nor_the_thread() {
    let sink = Arc::default();
    let recorder = queued(&sink, 64);
    for number in [1, -1, 2] {
        recorder.record(numbered(number));
    }
    recorder.drain();
    assert_eq!(sink.seen(), [1, -1, 2]);
    recorder.record(numbered(-2));
    assert!(until(|| sink.seen().len() == 4));
    recorder.record(numbered(3));
    assert!(until(|| sink.seen().len() == 5));
}

#[test]
fn a_closed_recorder_has_delivered_and_takes_nothing() {
    let sink = Arc::default();
    let recorder = queued(&sink, 64);
    recorder.record(numbered(1));
    recorder.close();
    assert_eq!(sink.seen(), [1]);
    recorder.record(numbered(2));
    recorder.drain();
    recorder.close();
    assert_eq!(sink.seen(), [1]);
}

#[test]
fn the_thread_ends_when_the_recorder_is_closed_or_dropped() {
    for closes in [false, true] {
        let sink = Arc::default();
        let recorder = queued(&sink, 64);
        recorder.record(numbered(1));
        assert!(until(|| sink.seen() == [1]));
        let weak = recorder.downgrade();
        if closes {
            recorder.close();
        }
        drop(recorder);
        // The thread borrows the recorder only while it delivers.
        assert!(until(|| weak.upgrade().is_none()));
        assert!(until(|| Arc::strong_count(&sink) == 1));
    }
}

#[test]
fn threads_that_record_at_once_lose_nothing() {
    let sink = Arc::default();
    let recorder = queued(&sink, 4096);
    thread::scope(|scope| {
        for part in 0..4 {
            let recorder = &recorder;
            scope.spawn(move || (0..500).for_each(|number| recorder.record(numbered(part * 500 + number))));
        }
    });
    recorder.drain();
    let mut seen = sink.seen();
    seen.sort_unstable();
    assert_eq!(seen, (0..2000).collect::<Vec<_>>());
}
