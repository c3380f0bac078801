use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span = "task_uuid"]
    id: Uuid,
    #[span("namespace")]
    name: String,
}

fn main() {}
