use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Step {
    task_uuid: Uuid,
    #[span(task_uuid)]
    root: Uuid,
}

fn main() {}
