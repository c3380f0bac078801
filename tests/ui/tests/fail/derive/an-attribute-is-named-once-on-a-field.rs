use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span(task_uuid, task_uuid)]
    id: Uuid,
    #[span(correlation_id)]
    #[span(correlation_id)]
    correlation: Uuid,
}

fn main() {}
