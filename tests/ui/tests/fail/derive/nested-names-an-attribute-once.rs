use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
struct Message {
    #[span(nested(task_uuid, task_uuid))]
    task: Task,
}

fn main() {}
