use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span]
    task_uuid: Uuid,
    #[span()]
    namespace: String,
}

fn main() {}
