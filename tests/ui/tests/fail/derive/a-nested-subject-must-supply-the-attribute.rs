use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
struct Message {
    #[span(nested(task_uuid, namespace))]
    task: Task,
    #[span(nested(started_at, priority))]
    parent: Option<Box<Task>>,
}

fn main() {}
