use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
enum Message {
    Created(Task),
    Shutdown,
}

fn main() {}
