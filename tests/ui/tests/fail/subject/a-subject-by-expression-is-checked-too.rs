use tasker_span_runtime::{SpanFields, Uuid, task_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
}

struct Message {
    task: Task,
    body: String,
}

#[task_span("task.orchestration", task = message.task)]
fn lacks_one(message: &Message) {}

#[task_span("task.orchestration", task = message.body.trim())]
fn lacks_all(message: &Message) {}

fn main() {}
