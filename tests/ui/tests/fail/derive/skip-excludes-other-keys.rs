use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    #[span(skip, namespace)]
    namespace_name: String,
    #[span(skip = true)]
    priority: i32,
}

fn main() {}
