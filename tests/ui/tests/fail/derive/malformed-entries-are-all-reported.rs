use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span(task_uuid correlation_id, , nested(namespace; priority), 5)]
    id: Uuid,
    #[span(namespace(name))]
    name: String,
}

fn main() {}
