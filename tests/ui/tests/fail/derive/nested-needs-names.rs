use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Message {
    #[span(nested)]
    task: Uuid,
    #[span(nested())]
    step: Uuid,
    #[span(nested = task_uuid)]
    other: Uuid,
}

fn main() {}
