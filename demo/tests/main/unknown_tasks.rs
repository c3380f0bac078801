//! Messages about tasks and steps that do not exist: delivered a few times, then given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, worker_queue};
use tasker_span_demo::tasker::{
    Delivery, HandlerRegistry, MemoryQueue, MemoryStore, Orchestrator, Queue, Store, TaskerResult, Transaction, Worker,
};
use uuid::Uuid;

const MESSAGES: usize = 500;

/// A queue that counts how often a reader asks for a message.
#[derive(Debug)]
struct CountingQueue {
    queue: Arc<MemoryQueue>,
    reads: AtomicUsize,
}

impl Queue for CountingQueue {
    async fn read<M: DeserializeOwned + Send>(&self, queue: &str) -> TaskerResult<Option<Delivery<M>>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.queue.read(queue).await
    }

    async fn extend(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.queue.extend(queue, message_id).await
    }

    fn visibility_timeout(&self) -> Option<Duration> {
        self.queue.visibility_timeout()
    }

    async fn archive(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.queue.archive(queue, message_id).await
    }

    async fn give_up(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.queue.give_up(queue, message_id).await
    }
}

#[tokio::test]
async fn messages_about_unknown_tasks_and_steps_are_given_up_after_three_deliveries() {
    let queue = Arc::new(MemoryQueue::default());
    let store = Arc::new(MemoryStore::new(Arc::clone(&queue)));
    let counting = Arc::new(CountingQueue {
        queue: Arc::clone(&queue),
        reads: AtomicUsize::new(0),
    });
    let ids = || (0..MESSAGES).map(|_| Uuid::now_v7());
    let steps = ids().map(|task_uuid| StepMessage {
        task_uuid,
        step_uuid: Uuid::now_v7(),
        correlation_id: Uuid::now_v7(),
    });
    let tasks = ids().map(|task_uuid| OrchestrationMessage::TaskCreated { task_uuid });
    let mut transaction = store.begin().await.unwrap();
    let (steps, tasks) = (steps.collect::<Vec<_>>(), tasks.collect::<Vec<_>>());
    transaction.send_batch(&worker_queue("shop"), &steps).await.unwrap();
    transaction.send_batch(ORCHESTRATION_QUEUE, &tasks).await.unwrap();
    transaction.commit().await.unwrap();

    let handlers = Arc::new(HandlerRegistry::default());
    let worker = Worker::new("shop", Arc::clone(&store), Arc::clone(&counting), handlers);
    let readers = [
        tokio::spawn(Orchestrator::new(Arc::clone(&store), Arc::clone(&counting)).run()),
        tokio::spawn(worker.run()),
    ];
    // A reader that asks for the next message has handled the last one.
    for delivery in 1..=3 {
        assert_eq!(queue.given_up(), 0);
        while counting.reads.load(Ordering::SeqCst) < delivery * 2 * MESSAGES + readers.len() {
            tokio::task::yield_now().await;
        }
        for name in [ORCHESTRATION_QUEUE, &worker_queue("shop")] {
            queue.redeliver(name);
        }
    }
    assert_eq!(queue.given_up(), 2 * MESSAGES as u64);
    queue.close();
    for reader in readers {
        reader.await.unwrap().unwrap();
    }
    assert_eq!(
        counting.reads.load(Ordering::SeqCst),
        3 * 2 * MESSAGES + 2,
        "no message is left"
    );
}
