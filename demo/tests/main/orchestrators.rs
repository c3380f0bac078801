//! Several orchestrators at once, and every message delivered to more than one of them.

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

/// The spans of a few orders, each of which has a payment that is tried twice.
fn process(orchestrators: usize, is_impatient: bool) -> (Vec<TaskState>, Spans) {
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
            running.spawn(capture.instrument(orchestrator.run()));
        }
        for _ in 0..2 {
            let worker = Worker::new(
                "fulfillment",
                Arc::clone(&store),
                Arc::clone(&queue),
                Arc::clone(&handlers),
            );
            running.spawn(capture.instrument(worker.run()));
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
            // To another orchestrator, while the first one may still be at it.
            if is_impatient {
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

/// How many spans there are of each kind.
fn census(spans: &Spans) -> HashMap<String, usize> {
    let mut census = HashMap::new();
    for span in spans {
        let to_state = span.text("to_state").unwrap_or_default();
        *census.entry(format!("{} {to_state}", span.name())).or_default() += 1;
    }
    census
}

#[test]
fn the_trace_is_that_of_one_orchestrator() {
    let (states, alone) = process(1, false);
    alone.assert_complete();
    assert_eq!(states, [TaskState::Complete; 5]);
    let (states, crowded) = process(4, true);
    crowded.assert_complete();
    assert_eq!(states, [TaskState::Complete; 5]);
    assert_eq!(census(&alone), census(&crowded));
    assert_eq!(crowded.named("task.orchestration").len(), 5);
}
