//! The rules of `Store`, `Transaction` and `Queue`, and of a worker on them, with the store in
//! memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, worker_queue};
use tasker_span_demo::tasker::{
    Delivery, HandlerRegistry, MemoryQueue, MemoryStore, Queue, StepExecutionResult, StepOutput, StepTemplate, Store,
    Task, TaskRequest, TaskState, TaskTemplate, TaskerError, TaskerResult, Transaction, Worker, WorkflowStep,
    WorkflowStepState,
};
use tasker_span_runtime::task_scope;
use tasker_span_runtime::testing::Capture;
use tokio::sync::Notify;
use uuid::Uuid;

const QUEUE: &str = "parcels";

fn store() -> (MemoryStore, Arc<MemoryQueue>) {
    let queue = Arc::new(MemoryQueue::default());
    (MemoryStore::new(Arc::clone(&queue)), queue)
}

/// A task with one step, which has two attempts and is sent to the workers.
async fn enqueued(store: &MemoryStore) -> (Task, WorkflowStep) {
    let step = StepTemplate::new("pack", "pack").attempts(2, Duration::ZERO);
    let template = TaskTemplate::new("shop", "order", [step]).unwrap();
    let (task, steps) = template.instantiate(TaskRequest::new("shop", "order", Value::Null));
    let step = steps[0].clone();
    let message = StepMessage {
        task_uuid: task.task_uuid,
        step_uuid: step.workflow_step_uuid,
        correlation_id: task.correlation_id,
    };
    let mut transaction = store.begin().await.unwrap();
    transaction.create_task(&task, &steps).await.unwrap();
    let (from, to) = (WorkflowStepState::Pending, WorkflowStepState::Enqueued);
    transaction
        .transition_step(step.workflow_step_uuid, from, to)
        .await
        .unwrap();
    transaction.send_batch(&worker_queue("shop"), &[message]).await.unwrap();
    transaction.commit().await.unwrap();
    (task, step)
}

/// Claims a step: the attempt's number, the lost attempt's number, and whether the attempts are
/// used up.
async fn claim(store: &MemoryStore, step: &WorkflowStep, redelivered: bool) -> Option<(u32, Option<u32>, bool)> {
    let mut transaction = store.begin().await.unwrap();
    transaction.lock_task(step.task_uuid).await.unwrap();
    let claim = transaction
        .claim_step(step.workflow_step_uuid, redelivered)
        .await
        .unwrap()?;
    transaction.commit().await.unwrap();
    let lost = claim.lost.as_ref().and_then(|lost| lost.step.workflow_step.attempt);
    Some((claim.step.workflow_step.attempt.unwrap(), lost, claim.is_used_up()))
}

async fn save(store: &MemoryStore, step: &WorkflowStep, attempt: u32) -> TaskerResult<()> {
    let mut transaction = store.begin().await?;
    transaction
        .save_result(step.workflow_step_uuid, attempt, &StepExecutionResult::default())
        .await?;
    transaction.commit().await
}

#[tokio::test]
async fn a_transaction_without_commit_changes_nothing() {
    let (store, queue) = store();
    let (task, _) = enqueued(&store).await;
    let other = Task {
        task_uuid: Uuid::now_v7(),
        ..task.clone()
    };
    let mut transaction = store.begin().await.unwrap();
    transaction.create_task(&other, &[]).await.unwrap();
    let (from, to) = (TaskState::Pending, TaskState::Initializing);
    transaction.transition_task(task.task_uuid, from, to).await.unwrap();
    transaction.send(QUEUE, &json!(1), Duration::ZERO).await.unwrap();
    drop(transaction);

    assert_eq!(store.task_state(task.task_uuid).unwrap(), from);
    let other = store.task_state(other.task_uuid);
    assert!(matches!(other, Err(TaskerError::NotFound(_))), "{other:?}");
    queue.close();
    assert!(queue.read::<Value>(QUEUE).await.unwrap().is_none());
}

#[tokio::test]
async fn a_transition_from_another_state_is_a_conflict() {
    let (store, _queue) = store();
    let (task, step) = enqueued(&store).await;
    let mut transaction = store.begin().await.unwrap();
    let moved = transaction
        .transition_task(task.task_uuid, TaskState::StepsInProcess, TaskState::Complete)
        .await;
    assert!(matches!(moved, Err(TaskerError::StateConflict { .. })), "{moved:?}");
    let (from, to) = (WorkflowStepState::Pending, WorkflowStepState::Enqueued);
    let moved = transaction.transition_step(step.workflow_step_uuid, from, to).await;
    assert!(matches!(moved, Err(TaskerError::StateConflict { .. })), "{moved:?}");
}

#[tokio::test]
async fn a_step_has_one_worker_until_its_message_is_delivered_again() {
    let (store, _queue) = store();
    let (_, step) = enqueued(&store).await;
    assert_eq!(claim(&store, &step, false).await, Some((1, None, false)));
    assert_eq!(claim(&store, &step, false).await, None);
    assert_eq!(claim(&store, &step, true).await, Some((2, Some(1), false)));
    // The last attempt keeps its number.
    assert_eq!(claim(&store, &step, true).await, Some((2, Some(2), true)));
}

#[tokio::test]
async fn a_step_with_a_result_or_cancelled_is_not_claimed() {
    for state in [
        WorkflowStepState::EnqueuedForOrchestration,
        WorkflowStepState::Complete,
        WorkflowStepState::Cancelled,
    ] {
        let (store, _queue) = store();
        let (_, step) = enqueued(&store).await;
        let mut transaction = store.begin().await.unwrap();
        let moved = transaction.transition_step(step.workflow_step_uuid, WorkflowStepState::Enqueued, state);
        moved.await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(claim(&store, &step, true).await, None, "{state}");
    }
}

#[tokio::test]
async fn the_result_of_a_lost_attempt_is_refused() {
    let (store, _queue) = store();
    let (_, step) = enqueued(&store).await;
    claim(&store, &step, false).await;
    claim(&store, &step, true).await;
    for (attempt, is_accepted) in [(1, false), (2, true), (2, false)] {
        let saved = save(&store, &step, attempt).await;
        let is_refused = matches!(saved, Err(TaskerError::StateConflict { .. }));
        assert_eq!((saved.is_ok(), is_refused), (is_accepted, !is_accepted), "{attempt}");
    }
}

#[tokio::test]
async fn a_message_is_delivered_until_it_is_archived() {
    let (store, queue) = store();
    let mut transaction = store.begin().await.unwrap();
    transaction.send(QUEUE, &json!("parcel"), Duration::ZERO).await.unwrap();
    transaction.commit().await.unwrap();
    for read_count in 1..=2 {
        let delivery: Delivery<String> = queue.read(QUEUE).await.unwrap().unwrap();
        assert_eq!((delivery.read_count, delivery.message.as_str()), (read_count, "parcel"));
        assert_eq!(delivery.is_redelivered(), read_count > 1);
        if read_count > 1 {
            queue.archive(QUEUE, delivery.message_id).await.unwrap();
        }
        queue.redeliver(QUEUE);
    }
    queue.close();
    assert!(queue.read::<String>(QUEUE).await.unwrap().is_none());
}

#[tokio::test]
async fn a_message_of_another_type_is_given_up() {
    let (store, queue) = store();
    let mut transaction = store.begin().await.unwrap();
    transaction
        .send_batch(QUEUE, &[json!("parcel"), json!(7)])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let delivery: Delivery<u32> = queue.read(QUEUE).await.unwrap().unwrap();
    assert_eq!(delivery.message, 7);
    assert_eq!(queue.given_up(), 1);
}

#[tokio::test]
async fn a_message_carries_the_span_that_sent_it() {
    let capture = Capture::strict();
    let (store, queue) = store();
    let (task, _) = enqueued(&store).await;
    let mut transaction = store.begin().await.unwrap();
    let sending = task_scope!("parcel.sending", within = "task.orchestration", task = task);
    let sent = async { transaction.send(QUEUE, &json!("parcel"), Duration::ZERO).await };
    sending.try_instrument(sent).await.unwrap();
    transaction.commit().await.unwrap();
    let delivery: Delivery<String> = queue.read(QUEUE).await.unwrap().unwrap();
    let sending = capture.spans().named("parcel.sending").one();
    assert_eq!(delivery.trace_context.span_id(), Some(sending.span_id()));
    assert_eq!(delivery.trace_context.trace_id(), Some(sending.trace_id()));
}

/// A queue with a visibility timeout, which counts its extensions.
#[derive(Debug)]
struct ExtendedQueue {
    queue: Arc<MemoryQueue>,
    extended: Arc<(AtomicUsize, Notify)>,
}

impl Queue for ExtendedQueue {
    async fn read<M: DeserializeOwned + Send>(&self, queue: &str) -> TaskerResult<Option<Delivery<M>>> {
        self.queue.read(queue).await
    }

    async fn extend(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        assert_eq!((queue, message_id), ("worker_shop", 1));
        let (count, changed) = &*self.extended;
        count.fetch_add(1, Ordering::SeqCst);
        changed.notify_one();
        // A failed extension must not end the work.
        Err(TaskerError::QueueClosed(queue.to_owned()))
    }

    fn visibility_timeout(&self) -> Option<Duration> {
        Some(Duration::from_millis(3))
    }

    async fn archive(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.queue.archive(queue, message_id).await
    }

    async fn give_up(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.queue.give_up(queue, message_id).await
    }
}

#[tokio::test]
async fn a_worker_extends_the_visibility_timeout_while_a_handler_runs() {
    let (store, queue) = store();
    let (_, step) = enqueued(&store).await;
    let extended = Arc::new((AtomicUsize::new(0), Notify::new()));
    let mut handlers = HandlerRegistry::default();
    let count = Arc::clone(&extended);
    handlers.register("pack", move |_| {
        let count = Arc::clone(&count);
        async move {
            while count.0.load(Ordering::SeqCst) < 3 {
                count.1.notified().await;
            }
            Ok(StepOutput::default())
        }
    });
    let extended_queue = Arc::new(ExtendedQueue {
        queue: Arc::clone(&queue),
        extended,
    });
    let worker = Worker::new("shop", Arc::new(store), extended_queue, Arc::new(handlers));
    let result = tokio::select! {
        result = queue.read(ORCHESTRATION_QUEUE) => result.unwrap().unwrap().message,
        ended = worker.run() => panic!("{ended:?}"),
    };
    let OrchestrationMessage::StepResult(result) = result else {
        panic!("{result:?}");
    };
    assert_eq!(result.step_uuid, step.workflow_step_uuid);
}

#[tokio::test]
async fn the_message_of_a_step_with_another_worker_is_not_archived() {
    let (store, queue) = store();
    let (_, step) = enqueued(&store).await;
    assert_eq!(claim(&store, &step, false).await, Some((1, None, false)));
    let mut handlers = HandlerRegistry::default();
    handlers.register("pack", async |_| Ok(StepOutput::default()));
    let worker = Worker::new("shop", Arc::new(store), Arc::clone(&queue), Arc::new(handlers));
    // The other worker never reports a result.
    let visibility_timeout = async {
        loop {
            queue.redeliver(&worker_queue("shop"));
            tokio::task::yield_now().await;
        }
    };
    let result = tokio::select! {
        result = queue.read::<OrchestrationMessage>(ORCHESTRATION_QUEUE) => result.unwrap().unwrap().message,
        ended = worker.run() => panic!("{ended:?}"),
        () = visibility_timeout => unreachable!(),
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("the message was archived"),
    };
    assert!(matches!(result, OrchestrationMessage::StepResult(_)), "{result:?}");
}
