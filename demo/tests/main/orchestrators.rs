//! Several orchestrators that get the same messages.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use tasker_span_demo::orders::{handlers, workflows};
use tasker_span_demo::tasker::message::ORCHESTRATION_QUEUE;
use tasker_span_demo::tasker::{
    MemoryQueue, MemoryStore, Orchestrator, TaskInitializer, TaskRequest, TaskState, Worker,
};
use tasker_span_runtime::testing::{Capture, Spans};
use tokio::task::JoinSet;

/// Processes five orders, whose payments take two attempts.
fn process(orchestrators: usize, redelivers: bool) -> (Vec<TaskState>, Spans) {
    let capture = Capture::strict();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build();
    let states = runtime.unwrap().block_on(async {
        let queue = Arc::new(MemoryQueue::default());
        let store = Arc::new(MemoryStore::new(Arc::clone(&queue)));
        let initializer = Arc::new(TaskInitializer::new(Arc::new(workflows().unwrap()), Arc::clone(&store)));
        let handlers = Arc::new(handlers(Arc::clone(&initializer)));
        let mut running = JoinSet::new();
        for _ in 0..orchestrators {
            let orchestrator = Orchestrator::new(Arc::clone(&store), Arc::clone(&queue));
            running.spawn(capture.run_async(orchestrator.run()));
        }
        for _ in 0..2 {
            let worker = Worker::new(
                "fulfillment",
                Arc::clone(&store),
                Arc::clone(&queue),
                Arc::clone(&handlers),
            );
            running.spawn(capture.run_async(worker.run()));
        }
        for number in 0..5 {
            let order = json!({
                "number": number.to_string(), "namespace": "fulfillment", "workflow": "process_order",
                "items": [{ "sku": "espresso-cup", "quantity": 1 }],
                "payment": { "amount": 100, "timeouts": 1 },
            });
            let request = TaskRequest::new("fulfillment", "process_order", order);
            initializer.create_task(request).await.unwrap();
        }
        while store.tasks().iter().any(|(_, state)| !state.is_terminal()) {
            // To another orchestrator, while the first may still process it.
            if redelivers {
                queue.redeliver(ORCHESTRATION_QUEUE);
            }
            tokio::task::yield_now().await;
        }
        queue.close();
        for ended in running.join_all().await {
            ended.unwrap();
        }
        store.tasks().into_iter().map(|(_, state)| state).collect()
    });
    (states, capture.spans())
}

/// The number of spans by name and state.
fn count_spans(spans: &Spans) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for span in spans {
        let to_state = span.text("to_state").unwrap_or_default();
        *counts.entry(format!("{} {to_state}", span.name())).or_default() += 1;
    }
    counts
}

#[test]
fn redelivered_messages_add_no_spans() {
    let (states, alone) = process(1, false);
    alone.assert_complete();
    assert_eq!(states, [TaskState::Complete; 5]);
    let (states, redelivered) = process(4, true);
    redelivered.assert_complete();
    assert_eq!(states, [TaskState::Complete; 5]);
    assert_eq!(count_spans(&alone), count_spans(&redelivered));
    assert_eq!(redelivered.named("task.orchestration").len(), 5);
}
