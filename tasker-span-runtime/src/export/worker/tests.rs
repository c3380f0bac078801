//! The thread, without a thread.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::InMemorySpanExporter;

use super::*;
use crate::export::{Batching, Outbox, SdkSender};
use crate::record::{Limits, Shared};
use crate::subscriber;

fn worker() -> Worker {
    let shared = Shared {
        limits: Limits::default(),
        scope: subscriber::scope(),
        redactor: None,
    };
    let stage = Stage::new(Vec::new(), 8, shared, |_| true);
    let batching = Batching {
        capacity: 8,
        size: 8,
        delay: Duration::from_hours(1),
    };
    let sender = SdkSender::new(
        InMemorySpanExporter::default(),
        &Resource::builder_empty().build(),
        String::new(),
    );
    let exporter = || Ok(Some(Box::new(Outbox::new(sender, batching)) as Exporter));
    stage.set_exporter(exporter).unwrap();
    Worker::new(stage).unwrap()
}

#[test]
fn a_flush_sends_its_batch_at_once() {
    let mut worker = worker();
    worker.stage.queue.push(Finished::Record(Box::default()));
    worker.asked.push(worker.stage.queue.requests().flush());
    worker.deliver_queued();
    assert!(
        worker.outbox.is_some_and(|outbox| outbox.is_sending()),
        "it waits for the next round"
    );
}

/// Without its timer, Tokio panics where it is asked for one.
#[test]
fn no_time_is_no_timer() {
    let mut worker = worker();
    worker.runtime = Builder::new_current_thread().build().unwrap();
    worker.wait(&Rounds::default(), Some(Duration::ZERO), true);
}
