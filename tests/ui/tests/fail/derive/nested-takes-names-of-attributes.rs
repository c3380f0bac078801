use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Message {
    #[span(nested(task_id, payload, skip))]
    task: Uuid,
}

fn main() {}
