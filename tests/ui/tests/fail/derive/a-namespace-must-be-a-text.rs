use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span(namespace)]
    id: Option<Uuid>,
}

fn main() {}
