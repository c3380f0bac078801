//! The queue, the thread and its requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Value;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter, SpanProcessor};

use super::{Batching, Outbox, Pipeline, Processor, SdkSender};
use crate::catalogue::attributes::Attributes;
use crate::record::{Finished, Limits, Shared, Source, SpanRecord};
use crate::stats::{SPANS_AFTER_SHUTDOWN, SPANS_EXPORT_FAILED, SPANS_REFUSED};
use crate::subscriber;

const LONG: Duration = Duration::from_secs(20);

/// Collects the numbers of its spans, while `gate` is open.
#[derive(Clone, Debug, Default)]
struct Numbers {
    seen: Arc<Mutex<Vec<i64>>>,
    gate: Arc<Mutex<()>>,
    batches: Arc<AtomicUsize>,
    shutdowns: Arc<AtomicUsize>,
}

impl Numbers {
    fn seen(&self) -> Vec<i64> {
        self.seen.lock().unwrap().clone()
    }
}

impl SpanExporter for Numbers {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let _open = self.gate.lock();
        self.batches.fetch_add(1, Ordering::Relaxed);
        let numbers: Vec<_> = batch.iter().map(number).collect();
        let is_refused = numbers.contains(&-1);
        let panics = numbers.contains(&-2);
        self.seen.lock().unwrap().extend(numbers);
        assert!(!panics, "expected by the test");
        if is_refused {
            return Err(OTelSdkError::InternalFailure("refused".to_owned()));
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.shutdowns.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn number(span: &SpanData) -> i64 {
    let mut attributes = span.attributes.iter();
    match attributes.find(|attribute| attribute.key.as_str() == "attempt_number") {
        Some(opentelemetry::KeyValue {
            value: Value::I64(number),
            ..
        }) => *number,
        other => panic!("{other:?} is no number"),
    }
}

fn batching(capacity: usize) -> Batching {
    Batching {
        capacity,
        size: 16,
        delay: Duration::from_millis(200),
    }
}

fn pipeline(exporter: &Numbers, capacity: usize) -> Pipeline {
    let resource = Resource::builder_empty().build();
    let shared = Shared {
        limits: Limits::default(),
        scope: subscriber::scope(),
        redactor: None,
    };
    let pipeline = Pipeline::new(Vec::new(), &resource, capacity, shared);
    let sender = SdkSender::new(exporter.clone(), &resource, "the test".to_owned());
    let outbox = Outbox::new(sender, batching(capacity));
    pipeline.start(|| Ok(Some(Box::new(outbox)))).unwrap();
    pipeline
}

/// A span whose attempt is its number.
fn push(pipeline: &Pipeline, number: i64) {
    let attributes = Attributes {
        attempt_number: Some(number),
        ..Attributes::default()
    };
    pipeline.queue().push(Finished::Record(Box::new(SpanRecord {
        source: Source::LostAttempt,
        attributes,
        ..SpanRecord::default()
    })));
}

fn until(is_so: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > LONG {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

#[test]
fn has_no_thread_before_the_first_span() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 8);
    pipeline.flush(LONG).unwrap();
    assert!(!pipeline.queue().has_thread());
    push(&pipeline, 1);
    assert!(pipeline.queue().has_thread());
    pipeline.shutdown(LONG).unwrap();
    assert_eq!(exporter.seen(), [1]);
}

#[test]
fn a_flush_exports_all_in_order_and_in_full_batches() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 64);
    (0..50).for_each(|number| push(&pipeline, number));
    pipeline.flush(LONG).unwrap();
    assert_eq!(exporter.seen(), (0..50).collect::<Vec<_>>());
    assert!(exporter.batches.load(Ordering::Relaxed) >= 4);
}

#[test]
fn the_thread_exports_after_the_delay_and_after_idle_rounds() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 64);
    push(&pipeline, 1);
    assert!(until(|| exporter.seen() == [1]));
    // It waits without a timeout by then.
    thread::sleep(Duration::from_millis(1500));
    push(&pipeline, 2);
    assert!(until(|| exporter.seen() == [1, 2]));
}

#[test]
fn a_full_queue_refuses_and_counts() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 4);
    let closed = exporter.gate.lock().unwrap();
    let before = SPANS_REFUSED.get();
    // The exporter waits, not the caller.
    (0..100).for_each(|number| push(&pipeline, number));
    assert!(SPANS_REFUSED.get() - before >= 80);
    drop(closed);
    pipeline.flush(LONG).unwrap();
    assert!(exporter.seen().len() <= 20, "{:?}", exporter.seen());
    push(&pipeline, 100);
    pipeline.flush(LONG).unwrap();
    assert_eq!(exporter.seen().last(), Some(&100));
}

#[test]
fn a_failure_is_told_to_the_flush_that_waits_for_it() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 64);
    for number in [-1, -2] {
        let before = SPANS_EXPORT_FAILED.get();
        push(&pipeline, number);
        let error = pipeline.flush(LONG).unwrap_err();
        assert!(format!("{error:?}").contains("1 spans were lost"), "{error:?}");
        assert!(SPANS_EXPORT_FAILED.get() > before);
        push(&pipeline, 3);
        pipeline.flush(LONG).unwrap();
    }
    assert_eq!(exporter.seen(), [-1, 3, -2, 3]);
}

#[test]
fn a_shutdown_has_exported_and_takes_nothing_more() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 64);
    push(&pipeline, 1);
    pipeline.shutdown(LONG).unwrap();
    assert_eq!(exporter.seen(), [1]);
    let before = SPANS_AFTER_SHUTDOWN.get();
    push(&pipeline, 2);
    assert!(SPANS_AFTER_SHUTDOWN.get() > before);
    assert!(pipeline.flush(LONG).unwrap_err().is_shut_down());
    assert_eq!(exporter.seen(), [1]);
    // The thread has let go of it.
    assert!(until(|| Arc::strong_count(&exporter.gate) == 1));
}

#[test]
fn shutdowns_at_once_wait_for_the_first_and_answer_the_same() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 4096);
    (0..1000).for_each(|number| push(&pipeline, number));
    let closed = exporter.gate.lock().unwrap();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(|| pipeline.shutdown(LONG))).collect();
        let impatient = scope.spawn(|| pipeline.shutdown(Duration::from_millis(10)));
        assert!(impatient.join().unwrap().unwrap_err().is_timeout());
        assert!(callers.iter().all(|caller| !caller.is_finished()));
        drop(closed);
        for caller in callers {
            caller.join().unwrap().unwrap();
            assert_eq!(exporter.seen().len(), 1000);
        }
    });
}

#[test]
fn an_exporter_is_told_of_the_shutdown_once_with_and_without_spans() {
    for spans in [0, 3] {
        let exporter = Numbers::default();
        let pipeline = pipeline(&exporter, 64);
        (0..spans).for_each(|number| push(&pipeline, number));
        pipeline.shutdown(LONG).unwrap();
        pipeline.shutdown(LONG).unwrap();
        assert_eq!(exporter.shutdowns.load(Ordering::Relaxed), 1, "{spans} spans");
    }
}

/// The last provider that is dropped shuts its processors down, whatever became of the first shutdown.
#[test]
fn the_provider_does_not_wait_for_a_shutdown_again() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 64);
    let closed = exporter.gate.lock().unwrap();
    push(&pipeline, 1);
    assert!(pipeline.shutdown(Duration::from_millis(10)).unwrap_err().is_timeout());
    let again = Processor(pipeline.clone()).shutdown_with_timeout(Duration::from_hours(1));
    assert!(matches!(again, Err(OTelSdkError::AlreadyShutdown)));
    assert!(pipeline.start(|| Ok(None)).unwrap_err().is_shut_down());
    drop(closed);
    pipeline.shutdown(LONG).unwrap();
}

#[test]
fn a_flush_includes_what_waits_beyond_a_full_outbox() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 32);
    let closed = exporter.gate.lock().unwrap();
    (0..16).for_each(|number| push(&pipeline, number));
    // One batch is being sent, two wait, and the queue is full.
    for number in 16..80 {
        assert!(until(|| pipeline.queue().len() < 32 || number >= 48));
        push(&pipeline, number);
    }
    thread::scope(|scope| {
        let flush = scope.spawn(|| pipeline.flush(LONG));
        thread::sleep(Duration::from_millis(50));
        assert!(!flush.is_finished());
        drop(closed);
        flush.join().unwrap().unwrap();
    });
    let seen = exporter.seen();
    assert_eq!(pipeline.queue().len(), 0);
    assert!(seen.len() >= 48 && seen.is_sorted(), "{seen:?}");
}

#[test]
fn a_shutdown_exports_more_than_the_outbox_holds() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 32);
    let closed = exporter.gate.lock().unwrap();
    for number in 0..80 {
        assert!(until(|| pipeline.queue().len() < 32 || number >= 48));
        push(&pipeline, number);
    }
    drop(closed);
    pipeline.shutdown(LONG).unwrap();
    let seen = exporter.seen();
    assert!(seen.len() >= 48 && seen.is_sorted(), "{seen:?}");
}

#[test]
fn threads_at_once_lose_nothing() {
    let exporter = Numbers::default();
    let pipeline = pipeline(&exporter, 4096);
    thread::scope(|scope| {
        for part in 0..4 {
            let pipeline = &pipeline;
            scope.spawn(move || (0..500).for_each(|number| push(pipeline, part * 500 + number)));
        }
    });
    pipeline.flush(LONG).unwrap();
    let mut seen = exporter.seen();
    seen.sort_unstable();
    assert_eq!(seen, (0..2000).collect::<Vec<_>>());
}
