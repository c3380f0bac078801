use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Transition {
    task_uuid: Uuid,
    #[span(from_state)]
    from: String,
    #[span(to_state)]
    to: String,
    #[span(to)]
    next: String,
}

fn main() {}
