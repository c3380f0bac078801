//! What a process that knows nothing of a task inherits from a message.

use serde::{Deserialize, Serialize};
use tasker_span_pgmq::{Message, send, send_batch};
use tasker_span_runtime::testing::{Capture, CapturedSpan};
use tasker_span_runtime::{Sampling, Uuid, task_span};

use crate::steps::{database, enqueue};
use crate::{Task, read_all, read_one};

/// A result as an engine sends it.
#[derive(Debug, Deserialize, Serialize)]
struct StepResult {
    task_uuid: Uuid,
}

#[task_span("task.result", within = "task.orchestration", task_uuid = result.task_uuid, inherit(correlation_id, namespace))]
fn process(result: &StepResult) {}

fn of(task: &Task) -> StepResult {
    StepResult {
        task_uuid: task.task_uuid,
    }
}

fn is_whole(span: &CapturedSpan, task: &Task) -> bool {
    span.uuid("correlation_id") == Some(task.correlation_id) && span.text("namespace") == Some(&task.namespace_name)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn spans_are_whole_although_the_message_has_the_tasks_uuid_alone() {
    for sampling in [Sampling::new(), Sampling::new().task_rate(0.0)] {
        let (database, task) = (database().await, Task::of("team a/payments"));
        {
            let _sender = Capture::builder().sampling(sampling).start();
            let result = of(&task);
            let sending = send("results", &result).execute(database.pool());
            enqueue(&task, sending).await.1.unwrap();
        }
        let capture = Capture::strict();
        let message: Message<StepResult> = read_one(database.pool(), "results").await.unwrap();
        process(&message.message);
        assert!(is_whole(&capture.spans().one(), &task));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn each_message_of_a_batch_tells_of_its_task() {
    let database = database().await;
    let tasks = ["payments", "shipping"].map(Task::of);
    for task in &tasks {
        let _sender = Capture::strict();
        let results = [of(task), of(task)];
        let sending = send_batch("results", &results).execute(database.pool());
        enqueue(task, sending).await.1.unwrap();
    }
    let capture = Capture::strict();
    let messages = read_all::<StepResult>(database.pool(), "results").await;
    assert_eq!(messages.len(), 4);
    for message in &messages {
        process(&message.message);
    }
    for task in &tasks {
        let spans = capture.spans().of_task(task.task_uuid);
        assert_eq!(spans.len(), 2);
        assert!(spans.iter().all(|span| is_whole(span, task)));
    }
}
